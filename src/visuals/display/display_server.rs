//! Which display server a window goes to, found out before a window system is started.
//!
//! winit takes Wayland when `WAYLAND_DISPLAY` or `WAYLAND_SOCKET` is set, and fails when nothing answers there; Bevy then
//! panics. So the same variables are read as winit and the Wayland library read them, and each server is asked for a
//! sign of life: an accepted connection is none, since the system accepts for a server that has stopped. A variable that
//! leads nowhere must be taken out of the environment before winit reads it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::graphics_error::GraphicsError;
use crate::foundation::{Capacity, WorkDone, Worker, WorkerEvent, WorkerOptions};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which kind of server shows the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayServer {
    Wayland,
    X11,
}

/// A display that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDisplay {
    pub server: DisplayServer,
    /// E.g. "Wayland wayland-0" or "X11 :0".
    pub name: String,
    /// Variables with which winit would fail; they must not be set when a window is opened.
    pub unusable: Vec<UnusableVariable>,
}

/// A variable of the environment that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableVariable {
    pub name: &'static str,
    /// What is wrong: "WAYLAND_DISPLAY=wayland-9 does not answer (…)".
    pub reason: String,
}

/// The display that a window would go to.
///
/// # Errors
/// [`GraphicsError::NoDisplay`] says what was tried.
pub fn find_display() -> Result<FoundDisplay, GraphicsError> {
    WindowVariables::of_this_process().find(ask_wayland, ask_x11)
}

/// Whether winit shows windows by an X server: it prefers Wayland, and reads values that are UTF-8 only.
pub(super) fn is_x11() -> bool {
    let variables = WindowVariables::of_this_process();
    !variables.chooses_wayland() && words(variables.display.as_ref()).is_some()
}

/// What winit and its libraries read to open a window.
#[derive(Debug, Clone, Default)]
struct WindowVariables {
    wayland_display: Option<OsString>,
    wayland_socket: Option<OsString>,
    runtime_folder: Option<OsString>,
    display: Option<OsString>,
    x11_scale: Option<OsString>,
    keyboard_folder: Option<OsString>,
}

/// A value as winit takes it.
fn words(value: Option<&OsString>) -> Option<&str> {
    value.map(OsString::as_os_str).and_then(OsStr::to_str).filter(|text| !text.is_empty())
}

impl WindowVariables {
    fn of_this_process() -> Self {
        Self {
            wayland_display: env::var_os("WAYLAND_DISPLAY"),
            wayland_socket: env::var_os("WAYLAND_SOCKET"),
            runtime_folder: env::var_os("XDG_RUNTIME_DIR"),
            display: env::var_os("DISPLAY"),
            x11_scale: env::var_os("WINIT_X11_SCALE_FACTOR"),
            keyboard_folder: env::var_os("XKB_CONFIG_ROOT"),
        }
    }

    fn chooses_wayland(&self) -> bool {
        words(self.wayland_display.as_ref()).or(words(self.wayland_socket.as_ref())).is_some()
    }

    fn find(
        &self,
        ask_wayland: impl FnOnce(&Path) -> io::Result<()>,
        ask_x11: impl FnOnce(&str) -> Result<(), String>,
    ) -> Result<FoundDisplay, GraphicsError> {
        let mut unusable = Vec::new();
        if let Some(name) = self.find_wayland(ask_wayland, &mut unusable) {
            self.check_details(&mut unusable);
            return Ok(FoundDisplay { server: DisplayServer::Wayland, name, unusable });
        }
        let mut tried: Vec<String> = unusable.iter().map(|variable| variable.reason.clone()).collect();
        match (words(self.display.as_ref()), &self.display) {
            (Some(name), _) => match ask_x11(name) {
                Ok(()) => {
                    self.check_details(&mut unusable);
                    return Ok(FoundDisplay {
                        server: DisplayServer::X11,
                        name: format!("X11 {name}"),
                        unusable,
                    });
                }
                Err(reason) => tried.push(format!("DISPLAY={name} does not answer ({reason})")),
            },
            (None, Some(value)) if !value.is_empty() => tried.push("DISPLAY is not UTF-8".to_owned()),
            _ => {}
        }
        if tried.is_empty() {
            tried.push("neither DISPLAY nor WAYLAND_DISPLAY is set".into());
        }
        Err(GraphicsError::NoDisplay { reason: tried.join("; ") })
    }

    /// The Wayland server that answers, and the variables that lead to none.
    fn find_wayland(
        &self,
        ask: impl FnOnce(&Path) -> io::Result<()>,
        unusable: &mut Vec<UnusableVariable>,
    ) -> Option<String> {
        // The library prefers a socket that was handed down, even if its number is empty.
        if let Some(number) = self.wayland_socket.as_deref().and_then(OsStr::to_str) {
            if is_socket_of_this_process(number) {
                return self.chooses_wayland().then(|| format!("Wayland, socket {number}"));
            }
            if self.chooses_wayland() {
                let reason = format!("WAYLAND_SOCKET={number} is no socket of this program");
                unusable.push(UnusableVariable { name: "WAYLAND_SOCKET", reason });
            }
        }
        let value = self.wayland_display.as_ref().filter(|value| !value.is_empty())?;
        let mut refuse = |reason: String| {
            unusable.push(UnusableVariable { name: "WAYLAND_DISPLAY", reason });
            None
        };
        let Some(name) = value.to_str() else { return refuse("WAYLAND_DISPLAY is not UTF-8".to_owned()) };
        let asked =
            self.wayland_path(name).and_then(|socket| ask(&socket).map_err(|error| error.to_string()));
        match asked {
            Ok(()) => Some(format!("Wayland {name}")),
            Err(reason) => refuse(format!("WAYLAND_DISPLAY={name} does not answer ({reason})")),
        }
    }

    fn wayland_path(&self, name: &str) -> Result<PathBuf, String> {
        if Path::new(name).is_absolute() {
            return Ok(name.into());
        }
        match self.runtime_folder.as_ref().map(PathBuf::from) {
            None => Err("XDG_RUNTIME_DIR is not set".to_owned()),
            Some(folder) if !folder.is_absolute() => Err("XDG_RUNTIME_DIR is no absolute path".to_owned()),
            Some(folder) => Ok(folder.join(name)),
        }
    }

    /// What makes winit panic although a display answers.
    fn check_details(&self, unusable: &mut Vec<UnusableVariable>) {
        if let Some(scale) = words(self.x11_scale.as_ref())
            && !is_scale(scale)
        {
            let reason = format!("WINIT_X11_SCALE_FACTOR={scale} is neither a number above 0 nor \"randr\"");
            unusable.push(UnusableVariable { name: "WINIT_X11_SCALE_FACTOR", reason });
        }
        if let Some(folder) = &self.keyboard_folder
            && !Path::new(folder).is_dir()
        {
            let reason = format!("XKB_CONFIG_ROOT={} is no folder", folder.display());
            unusable.push(UnusableVariable { name: "XKB_CONFIG_ROOT", reason });
        }
    }
}

/// As winit judges it.
fn is_scale(text: &str) -> bool {
    let number = || text.parse::<f64>().is_ok_and(|scale| scale.is_sign_positive() && scale.is_normal());
    text.to_lowercase() == "randr" || number()
}

/// Whether this process has a socket of this number that is not one of the three standard files.
fn is_socket_of_this_process(number: &str) -> bool {
    let Some(number) = number.parse::<u32>().ok().filter(|number| *number > 2) else { return false };
    fs::read_link(format!("/proc/self/fd/{number}"))
        .is_ok_and(|target| target.as_os_str().as_encoded_bytes().starts_with(b"socket:"))
}

/// Asks a Wayland server for an answer: `wl_display.sync`, whose callback every server sends at once.
fn ask_wayland(socket: &Path) -> io::Result<()> {
    /// Object 1 is the display; `sync` is its request 0, of 12 bytes, and names object 2 for the callback.
    const SYNC: [u32; 3] = [1, 12 << 16, 2];
    let mut server = UnixStream::connect(socket)?;
    server.set_write_timeout(Some(PATIENCE))?;
    server.write_all(&SYNC.map(u32::to_ne_bytes).concat())?;
    let deadline = Instant::now() + PATIENCE;
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "nobody answers");
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        server.set_read_timeout(Some(left).filter(|left| !left.is_zero())).map_err(|_| silent())?;
        let mut head = [0; 8];
        server.read_exact(&mut head).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => silent(),
            _ => error,
        })?;
        let word = |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (object, length, event) = (word(0), word(4) >> 16, word(4) & 0xFFFF);
        // Event 0 of the callback: done.
        if (object, event) == (2, 0) {
            return Ok(());
        }
        if left.is_zero() || length < 8 || (object, event) == (1, 0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no Wayland server"));
        }
        io::copy(&mut (&server).take(u64::from(length) - 8), &mut io::sink())?;
    }
}

/// Asks an X server for what winit needs of it. On a thread, since a server that hangs would hold this one for ever.
fn ask_x11(name: &str) -> Result<(), String> {
    let name = name.to_owned();
    let options = WorkerOptions::named("display").news(Capacity::Latest).join_limit(Duration::ZERO);
    let asking: Worker<(), Result<(), String>> = Worker::spawn(options, move |context| {
        context.report(look_at_x11(&name));
        WorkDone::Finished
    })
    .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let ended = asking.has_ended();
        match asking.poll() {
            Some(WorkerEvent::News(answer)) => return answer,
            Some(WorkerEvent::Panicked(why)) => return Err(why),
            None if ended || Instant::now() >= deadline => return Err("nobody answers".to_owned()),
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

fn look_at_x11(name: &str) -> Result<(), String> {
    let (server, _) = x11rb::connect(Some(name)).map_err(|error| error.to_string())?;
    for extension in ["XInputExtension", "XKEYBOARD", "RANDR"] {
        let asked = server.query_extension(extension.as_bytes()).map_err(|error| error.to_string())?;
        if !asked.reply().map_err(|error| error.to_string())?.present {
            return Err(format!("it lacks the extension {extension}"));
        }
    }
    server.flush().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a variable of the environment may be missing")]
    fn some(text: &str) -> Option<OsString> {
        Some(text.into())
    }

    fn gone(_: &Path) -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn names(found: &FoundDisplay) -> Vec<&'static str> {
        found.unusable.iter().map(|variable| variable.name).collect()
    }

    /// Whatever stands in the variables of Wayland, a window goes to the X server that answers, and what winit would
    /// stumble over is named.
    #[test]
    fn x11_is_found_behind_any_wrong_wayland() {
        let x11 = |variables: WindowVariables| {
            let variables = WindowVariables { display: some(":7"), ..variables };
            variables
                .find(gone, |name| if name == ":7" { Ok(()) } else { Err("other".into()) })
                .expect("X11 answers")
        };
        let none = WindowVariables::default;
        let found = x11(none());
        assert_eq!(
            (found.server, found.name.as_str(), names(&found)),
            (DisplayServer::X11, "X11 :7", vec![])
        );
        let bytes = OsString::from_vec(vec![0xFF, 0xFE]);
        for value in [some("wayland-9"), some("/run/nobody"), some("a/b"), Some(bytes.clone())] {
            let found = x11(WindowVariables { wayland_display: value.clone(), ..none() });
            assert_eq!(names(&found), ["WAYLAND_DISPLAY"], "{value:?}");
        }
        assert_eq!(names(&x11(WindowVariables { wayland_display: some(""), ..none() })), Vec::<&str>::new());
        for value in ["nonsense", "-1", "2", "99999"] {
            let found = x11(WindowVariables { wayland_socket: some(value), ..none() });
            assert_eq!(names(&found), ["WAYLAND_SOCKET"], "{value}");
        }
        // winit does not read it, so it does no harm.
        assert_eq!(
            names(&x11(WindowVariables { wayland_socket: Some(bytes), ..none() })),
            Vec::<&str>::new()
        );
    }

    /// A Wayland that answers is used, but not with an empty number of a socket, which the library would prefer.
    #[test]
    fn wayland_comes_first_and_needs_a_folder() {
        let variables = WindowVariables {
            wayland_display: some("wayland-1"),
            wayland_socket: some(""),
            runtime_folder: some("/run/user/7"),
            display: some(":7"),
            ..WindowVariables::default()
        };
        let answers = |socket: &Path| {
            assert_eq!(socket, Path::new("/run/user/7/wayland-1"));
            Ok(())
        };
        let found = variables.find(answers, |_| Err("not asked".into())).expect("Wayland answers");
        assert_eq!((found.server, names(&found)), (DisplayServer::Wayland, vec!["WAYLAND_SOCKET"]));
        for folder in [None, some(""), some("run/user")] {
            let variables =
                WindowVariables { runtime_folder: folder, wayland_socket: None, ..variables.clone() };
            let found = variables.find(|_| Ok(()), |_| Ok(())).expect("X11 answers");
            assert_eq!((found.server, names(&found)), (DisplayServer::X11, vec!["WAYLAND_DISPLAY"]));
        }
    }

    /// Without any display everything that was tried is said.
    #[test]
    fn no_display_says_what_was_tried() {
        let said = |variables: WindowVariables| {
            variables.find(gone, |_| Err("refused".into())).unwrap_err().to_string()
        };
        assert!(said(WindowVariables::default()).contains("neither DISPLAY nor WAYLAND_DISPLAY"));
        let both = said(WindowVariables {
            wayland_display: some("/w"),
            display: some(":3"),
            ..WindowVariables::default()
        });
        assert!(both.contains("WAYLAND_DISPLAY=/w does not answer") && both.contains("DISPLAY=:3"), "{both}");
    }

    /// What makes winit panic beside the server: a scale that is none, and keyboards that are nowhere.
    #[test]
    fn a_wrong_scale_and_a_missing_keyboard_folder_are_named() {
        let check = |scale: &str, keyboards: &str| {
            let variables = WindowVariables {
                display: some(":7"),
                x11_scale: some(scale),
                keyboard_folder: some(keyboards),
                ..WindowVariables::default()
            };
            names(&variables.find(gone, |_| Ok(())).expect("X11 answers"))
        };
        for scale in ["", "1.5", "RandR"] {
            assert_eq!(check(scale, "/"), Vec::<&str>::new(), "{scale:?}");
        }
        for scale in ["nonsense", "0", "-2", "nan", "inf"] {
            assert_eq!(check(scale, "/"), ["WINIT_X11_SCALE_FACTOR"], "{scale:?}");
        }
        assert_eq!(check("1", "/not/here"), ["XKB_CONFIG_ROOT"]);
    }

    /// A file that is no socket, a socket that nobody serves, one whose server hangs up, and one that answers.
    #[test]
    fn only_a_wayland_server_that_answers_counts() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "").expect("written");
        drop(UnixListener::bind(at("unserved")).expect("bound"));
        for name in ["missing", "file", "unserved"] {
            assert!(ask_wayland(&at(name)).is_err(), "{name}");
        }
        let serve = |name: &str, answer: Vec<u32>| {
            let listener = UnixListener::bind(at(name)).expect("bound");
            let server = std::thread::spawn(move || {
                let (mut client, _) = listener.accept().expect("a client");
                let mut request = [0; 12];
                client.read_exact(&mut request).expect("a request");
                let bytes: Vec<u8> = answer.into_iter().flat_map(u32::to_ne_bytes).collect();
                client.write_all(&bytes).expect("written");
            });
            let asked = ask_wayland(&at(name));
            server.join().expect("served");
            asked
        };
        assert!(serve("hangs-up", vec![]).is_err());
        // wl_display.error, as of a server that refuses the client.
        assert!(serve("refuses", vec![1, 20 << 16, 1, 0, 0]).is_err());
        // wl_display.delete_id comes before or after the callback.
        serve("answers", vec![1, 12 << 16 | 1, 2, 2, 12 << 16, 0]).expect("it answers");
    }
}
