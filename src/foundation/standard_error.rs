//! Standard error of this process: our own words reach it; what C libraries write there goes to the debug log.
//!
//! ALSA, Mesa and the Vulkan loader write to file 2 by themselves: 280 lines on a machine without sound. Their error
//! handlers can only be set by unsafe code, so the file is changed instead: file 2 becomes a pipe that a thread reads
//! line by line, and the program writes to a copy of what file 2 was. The message of a panic still comes to the
//! terminal. `RUST_LOG=debug` shows the foreign lines.

use std::fmt::Arguments;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, PipeReader, PipeWriter, Write};
use std::os::fd::AsFd as _;
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bevy::log::debug;
use bevy::log::tracing::dispatcher;
use bevy::log::tracing::level_filters::LevelFilter;
use bevy::log::tracing_subscriber::EnvFilter;

use super::worker::{WorkDone, Worker, WorkerOptions};

/// How long the end of the program waits for the last foreign lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What file 2 was when the program began; set while foreign output is apart.
static OURS: OnceLock<File> = OnceLock::new();
/// The end of the pipe that stands in for file 2; `None` when file 2 is what it was.
static STAND_IN: Mutex<Option<PipeWriter>> = Mutex::new(None);
/// Messages of panics that are kept back; see [`hold_panics`].
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Writes to standard error. A terminal that is gone is no reason to fail.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardError;

impl Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match OURS.get() {
            Some(mut file) => file.write(bytes),
            None => io::stderr().write(bytes),
        };
        Ok(written.unwrap_or(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StandardError {
    /// Whether a person can look at it.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        OURS.get().map_or_else(|| io::stderr().is_terminal(), File::is_terminal)
    }

    /// Columns of the terminal.
    #[must_use]
    pub fn columns(self) -> Option<u16> {
        let size = match OURS.get() {
            Some(file) => rustix::termios::tcgetwinsize(file),
            None => rustix::termios::tcgetwinsize(io::stderr()),
        };
        size.ok().map(|size| size.ws_col).filter(|columns| *columns > 0)
    }
}

/// Says one line to the person at the terminal; takes what `eprintln!` takes.
macro_rules! tell {
    ($($line:tt)*) => {
        $crate::foundation::tell_line(format_args!($($line)*))
    };
}
pub(crate) use tell;

/// See [`tell`].
pub(crate) fn tell_line(line: Arguments<'_>) {
    // One write, so that lines of two threads do not mix. `StandardError` does not fail.
    let _ = StandardError.write_all(format!("{line}\n").as_bytes());
}

/// Standard error as a file of its own.
pub(super) fn standard_error_file() -> io::Result<File> {
    match OURS.get() {
        Some(file) => file.try_clone(),
        None => Ok(io::stderr().as_fd().try_clone_to_owned()?.into()),
    }
}

/// Keeps what C libraries write to standard error apart, until it is dropped; then all that they wrote has been read.
pub struct ForeignOutput {
    reader: Option<Worker<(), ()>>,
}

impl ForeignOutput {
    /// Begins. Do it once in a process, before the first library is called. Where the system gives no pipe or thread,
    /// foreign lines come to the terminal as before.
    #[must_use]
    pub fn keep_apart() -> Self {
        let begin = || -> io::Result<Worker<(), ()>> {
            let ours: File = io::stderr().as_fd().try_clone_to_owned()?.into();
            let (output, input) = io::pipe()?;
            let reader = read_lines(output)?;
            rustix::stdio::dup2_stderr(&input)?;
            *lock(&STAND_IN) = Some(input);
            OURS.get_or_init(|| ours);
            Ok(reader)
        };
        let reader = begin().ok();
        if reader.is_some() {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |panic| tell_panic(panic, &before)));
        }
        Self { reader }
    }
}

impl Drop for ForeignOutput {
    fn drop(&mut self) {
        restore_standard_error();
        if let Some(reader) = &mut self.reader {
            // File 2 was the last writer, so the pipe ends.
            reader.join(LAST_LINES);
        }
    }
}

/// Makes file 2 what it was. For the end, and before another program takes the place of this one.
pub fn restore_standard_error() {
    let mut stand_in = lock(&STAND_IN);
    if stand_in.take().is_some()
        && let Some(ours) = OURS.get()
    {
        // If this fails, our own words still go to the terminal.
        let _ = rustix::stdio::dup2_stderr(ours);
    }
}

fn read_lines(output: PipeReader) -> io::Result<Worker<(), ()>> {
    let mut output = Some(output);
    let shows = shows_foreign_lines();
    let options = WorkerOptions::named("foreign output").join_limit(Duration::ZERO);
    let read = Worker::spawn(options, move |_| {
        let Some(output) = output.take() else { return WorkDone::Finished };
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
            show(String::from_utf8_lossy(&line).trim_end(), shows);
            line.clear();
        }
        WorkDone::Finished
    });
    read.map_err(|error| error.source)
}

fn show(line: &str, before_the_log: bool) {
    if dispatcher::has_been_set() {
        debug!(target: "foreign", "{line}");
    } else if before_the_log {
        tell!("{line}");
    }
}

/// Whether `RUST_LOG` asks for lines of the debug level, for commands and moments without a log.
fn shows_foreign_lines() -> bool {
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let wanted = EnvFilter::builder().with_default_directive(LevelFilter::OFF.into()).parse(wanted);
    wanted.is_ok_and(|filter| filter.max_level_hint().is_some_and(|level| level >= LevelFilter::DEBUG))
}

type PanicHook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// Lets the message of a panic through to the terminal.
fn tell_panic(panic: &PanicHookInfo<'_>, hook: &PanicHook) {
    if let Some(held) = lock(&HELD).as_mut() {
        held.push(panic.payload_as_str().unwrap_or("without words").to_owned());
        return;
    }
    let stand_in = lock(&STAND_IN);
    if let (Some(_), Some(ours)) = (&*stand_in, OURS.get()) {
        let _ = rustix::stdio::dup2_stderr(ours);
    }
    hook(panic);
    if let Some(input) = &*stand_in {
        let _ = rustix::stdio::dup2_stderr(input);
    }
}

/// Keeps messages of panics back until [`release_panics`], for a step whose panic is caught and told in other words.
/// Needs [`ForeignOutput::keep_apart`]; without it the messages are shown at once.
pub fn hold_panics() {
    *lock(&HELD) = Some(Vec::new());
}

/// Ends [`hold_panics`], and gives the first line of each message that was kept back, the oldest first.
#[must_use]
pub fn release_panics() -> Vec<String> {
    let held = lock(&HELD).take().unwrap_or_default();
    held.iter().map(|message| message.lines().next().unwrap_or_default().to_owned()).collect()
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the process that [`run`] starts.
    const CHILD: &str = "ATTUNE_TEST_STANDARD_ERROR";

    /// Runs the test `as_a_program` in a process of its own, since file 2 belongs to a whole process.
    fn run(log: &str) -> String {
        let this = std::env::current_exe().expect("known");
        let output = Command::new(this)
            .args(["--exact", "foundation::standard_error::tests::as_a_program", "--ignored", "--nocapture"])
            .env(CHILD, "1")
            .env("RUST_LOG", log)
            .output()
            .expect("starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[test]
    #[ignore = "the other tests run it as a program"]
    fn as_a_program() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        let apart = ForeignOutput::keep_apart();
        // A C library writes to file 2, as `io::stderr` does.
        io::stderr().write_all(b"ALSA lib: foreign\n").expect("written");
        tell!("own words");
        let caught = std::thread::spawn(|| panic!("a loud panic")).join();
        assert!(caught.is_err());
        hold_panics();
        assert!(std::thread::spawn(|| panic!("a quiet panic")).join().is_err());
        assert_eq!(release_panics(), ["a quiet panic"]);
        io::stderr().write_all(b"the last line").expect("written");
        drop(apart);
        io::stderr().write_all(b"after the end\n").expect("written");
    }

    /// Own words and panics reach standard error; foreign lines do not; afterwards all is as before.
    #[test]
    fn own_words_and_panics_are_seen_and_foreign_lines_are_not() {
        let seen = run("");
        for part in ["own words\n", "a loud panic", "after the end"] {
            assert!(seen.contains(part), "{part:?} is missing in: {seen}");
        }
        for part in ["foreign", "quiet", "last line"] {
            assert!(!seen.contains(part), "{part:?} is in: {seen}");
        }
    }

    /// Whoever asks for debug lines sees the foreign ones, up to the last, which has no line break.
    #[test]
    fn foreign_lines_are_seen_at_the_debug_level_and_none_is_lost() {
        for log in ["debug", "attune=trace", "info,foreign=debug"] {
            let seen = run(log);
            assert!(seen.contains("ALSA lib: foreign") && seen.contains("the last line"), "{log}: {seen}");
        }
        assert!(!run("warn,nonsense==").contains("foreign"));
    }
}
