//! Writing the files that a person asks for: the one owner of how an output gets to its place.
//!
//! An ordinary file is written beside its place and renamed, so that it is whole or not there; a link to it stays a
//! link. Everything else (a named pipe, a device, `/dev/stdout`, `/dev/fd/3`) is opened and written where it is: a
//! rename would put a file in its place, and whoever reads at the other end would wait for ever.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::standard_error::standard_error_file;

/// Links that are followed from one path; as many as Linux follows.
const MOST_LINKS: usize = 40;

/// Why an output is not there.
#[derive(Debug, thiserror::Error)]
pub enum OutputFileError {
    /// It cannot be written; the reason of the system.
    #[error("{}: cannot be written: {source}", file.display())]
    Unwritten { file: PathBuf, source: io::Error },
    /// There is nothing to write it into.
    #[error("{}: the folder does not exist", file.display())]
    NoFolder { file: PathBuf },
    /// A folder has this name.
    #[error("{}: this is a folder, and a file is expected", file.display())]
    IsFolder { file: PathBuf },
}

impl OutputFileError {
    /// Whether it is a pipe whose reader has ended. They have what they wanted, so nobody need be told.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Unwritten { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// An ordinary file, there or not, behind all links.
    Ordinary(PathBuf),
    /// A pipe or a device.
    Stream(PathBuf),
    /// Standard output of this process.
    StandardOutput,
    /// Standard error of this process.
    StandardError,
    /// Another file that this process was started with, by its path below `/proc`.
    Inherited(PathBuf),
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let mut at = path.to_owned();
        for _ in 0..MOST_LINKS {
            if let Some(descriptor) = descriptor(&at) {
                return Ok(match descriptor {
                    1 => Self::StandardOutput,
                    2 => Self::StandardError,
                    _ => Self::Inherited(at),
                });
            }
            match fs::symlink_metadata(&at) {
                Ok(found) if found.is_symlink() => {
                    let to = fs::read_link(&at)?;
                    at = at.parent().map_or_else(|| to.clone(), |folder| folder.join(&to));
                }
                Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
                Ok(found) if !found.is_file() => return Ok(Self::Stream(at)),
                Ok(_) => return Ok(Self::Ordinary(at)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Ordinary(at)),
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("too many links"))
    }

    /// Opens what is written where it is; `None` for an ordinary file.
    fn open_stream(&self) -> Option<io::Result<File>> {
        match self {
            Self::Ordinary(_) => None,
            Self::Stream(path) => Some(OpenOptions::new().write(true).open(path)),
            Self::StandardOutput => Some(standard_output()),
            Self::StandardError => Some(standard_error_file()),
            // A file that the shell has opened is written from its end, as all that writes into it does.
            Self::Inherited(path) => Some(OpenOptions::new().append(true).open(path)),
        }
    }
}

/// The number of an open file of this process that a path such as `/dev/fd/3` names.
fn descriptor(path: &Path) -> Option<u32> {
    let number = path.file_name()?.to_str()?.parse().ok()?;
    let own = fs::canonicalize("/proc/self/fd").ok()?;
    (fs::canonicalize(path.parent()?).ok()? == own).then_some(number)
}

fn standard_output() -> io::Result<File> {
    let mut output = io::stdout().lock();
    // What was printed before comes first.
    output.flush()?;
    Ok(output.as_fd().try_clone_to_owned()?.into())
}

/// Writes a whole output: an ordinary file is replaced at once, a pipe or a device is written.
///
/// # Errors
/// [`OutputFileError`] with the file's name; an ordinary file that was there is then as it was.
pub fn write_output_file(path: &Path, bytes: &[u8]) -> Result<(), OutputFileError> {
    let write = || match Place::of(path)? {
        Place::Ordinary(target) => replace(&target, bytes, false),
        stream => write_stream(&stream, bytes),
    };
    write().map_err(|source| unwritten(path, source))
}

/// Replaces a file that Attune keeps (settings, favourites): as [`write_output_file`], and its folder is made, the file
/// keeps its permissions, and a power cut leaves the old file or the new one.
///
/// # Errors
/// The reason of the system; the file that was there is as it was.
pub fn replace_kept_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match Place::of(path)? {
        Place::Ordinary(target) => {
            if let Some(folder) = folder_of(&target) {
                fs::create_dir_all(folder)?;
            }
            replace(&target, bytes, true)
        }
        stream => write_stream(&stream, bytes),
    }
}

fn write_stream(place: &Place, bytes: &[u8]) -> io::Result<()> {
    let Some(stream) = place.open_stream() else { return Ok(()) };
    let mut stream = stream?;
    stream.write_all(bytes)?;
    stream.flush()
}

/// Refuses, before a long run, an output that has no place.
///
/// # Errors
/// [`OutputFileError::NoFolder`] or [`OutputFileError::IsFolder`]; other reasons are found when it is written.
pub fn check_output_file(path: &Path) -> Result<(), OutputFileError> {
    let file = path.to_owned();
    match Place::of(path) {
        Ok(Place::Ordinary(target)) if folder_of(&target).is_some_and(|folder| !folder.is_dir()) => {
            Err(OutputFileError::NoFolder { file })
        }
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Err(OutputFileError::IsFolder { file }),
        Err(source) => Err(OutputFileError::Unwritten { file, source }),
        Ok(_) => Ok(()),
    }
}

/// An output that grows while the program runs.
#[derive(Debug)]
pub enum GrowingOutput {
    /// An ordinary file, empty: what was written can be changed later.
    File(File),
    /// A pipe or a device: what was written is gone.
    Stream(File),
}

impl GrowingOutput {
    /// Begins an output.
    ///
    /// # Errors
    /// [`OutputFileError`] with the file's name.
    pub fn create(path: &Path) -> Result<Self, OutputFileError> {
        let create = || {
            let place = Place::of(path)?;
            match (place.open_stream(), place) {
                (Some(stream), _) => stream.map(Self::Stream),
                (None, Place::Ordinary(target)) => File::create(target).map(Self::File),
                (None, _) => Err(io::ErrorKind::Unsupported.into()),
            }
        };
        create().map_err(|source| unwritten(path, source))
    }
}

fn unwritten(path: &Path, source: io::Error) -> OutputFileError {
    let file = path.to_owned();
    match source.kind() {
        io::ErrorKind::IsADirectory => OutputFileError::IsFolder { file },
        _ => OutputFileError::Unwritten { file, source },
    }
}

fn folder_of(file: &Path) -> Option<&Path> {
    file.parent().filter(|folder| !folder.as_os_str().is_empty())
}

/// Writes a file beside the other one and puts it in its place.
fn replace(target: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let like = fs::metadata(target).ok();
    // A short name: that of the file may already be as long as a name can be.
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let new = target.with_file_name(format!(".attune-{}-{count}.new", std::process::id()));
    let file = match File::create(&new) {
        Ok(file) => file,
        // A file in a folder that takes no other.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && like.is_some() => {
            return fs::write(target, bytes);
        }
        Err(error) => return Err(error),
    };
    let written = fill(file, bytes, like.as_ref(), durable).and_then(|()| fs::rename(&new, target));
    if written.is_err() {
        // Whatever went wrong, no half file stays behind; that it may be gone already does not matter.
        let _ = fs::remove_file(&new);
    }
    written
}

fn fill(mut file: File, bytes: &[u8], like: Option<&fs::Metadata>, durable: bool) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(like) = like {
        file.set_permissions(like.permissions())?;
    }
    if durable { file.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).expect("there")
    }

    /// The names in a folder, so that nothing half written is left.
    fn names(folder: &Path) -> Vec<String> {
        let found = fs::read_dir(folder).expect("there").flatten();
        let mut names: Vec<_> = found.map(|item| item.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The file behind a chain of relative links is replaced, its permissions stay, and the links stay links.
    #[test]
    fn links_stay_links() {
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("below")).expect("made");
        fs::write(at("below/real"), "old").expect("written");
        fs::set_permissions(at("below/real"), fs::Permissions::from_mode(0o640)).expect("set");
        symlink("real", at("below/one")).expect("linked");
        symlink("below/one", at("two")).expect("linked");
        write_output_file(&at("two"), b"new").expect("written");
        assert_eq!(text(&at("below/real")), "new");
        assert!(fs::symlink_metadata(at("two")).expect("there").is_symlink());
        assert_eq!(fs::metadata(at("below/real")).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(names(&at("below")), ["one", "real"]);
    }

    /// A link whose file is not there yet makes it, and a circle of links is an error.
    #[test]
    fn a_link_to_nothing_makes_its_file_and_a_circle_is_refused() {
        let dir = folder();
        let at = |name: &str| dir.path().join(name);
        symlink("later", at("link")).expect("linked");
        write_output_file(&at("link"), b"here").expect("written");
        assert_eq!(text(&at("later")), "here");
        symlink("b", at("a")).expect("linked");
        symlink("a", at("b")).expect("linked");
        let words = write_output_file(&at("a"), b"x").unwrap_err().to_string();
        assert!(words.contains("too many links"), "{words}");
    }

    /// A named pipe gets the bytes, and is a pipe afterwards.
    #[test]
    fn a_named_pipe_is_written_and_stays() {
        let dir = folder();
        let pipe = dir.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let path = pipe.clone();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            File::open(path).expect("opens").read_to_string(&mut text).expect("text");
            text
        });
        write_output_file(&pipe, b"through").expect("written");
        assert_eq!(reader.join().expect("read"), "through");
        assert_eq!(names(dir.path()), ["pipe"]);
    }

    /// A device that takes nothing says so with the name of the file; it is not replaced by a file.
    #[test]
    fn a_full_disk_is_an_error_with_the_name_of_the_file() {
        let words = write_output_file(Path::new("/dev/full"), b"x").unwrap_err().to_string();
        assert!(words.starts_with("/dev/full: cannot be written") && words.contains("No space"), "{words}");
        assert!(!fs::metadata("/dev/full").expect("there").is_file());
    }

    /// A file that is in the way as a folder, or whose folder is missing, is refused before anything runs.
    #[test]
    fn a_place_that_cannot_be_is_refused() {
        let dir = folder();
        let is_folder = check_output_file(dir.path()).unwrap_err().to_string();
        assert!(is_folder.contains("this is a folder"), "{is_folder}");
        let missing = check_output_file(&dir.path().join("no/r.json")).unwrap_err().to_string();
        assert!(missing.contains("no/r.json: the folder does not exist"), "{missing}");
        check_output_file(Path::new("/dev/null")).expect("a device has its place");
        check_output_file(&dir.path().join("r.json")).expect("a new file");
    }

    /// The names of open files lead to them, not to a file in their place.
    #[test]
    fn the_names_of_open_files_are_known() {
        for (name, place) in [
            ("/dev/stdout", Place::StandardOutput),
            ("/dev/fd/1", Place::StandardOutput),
            ("/dev/stderr", Place::StandardError),
        ] {
            assert_eq!(Place::of(Path::new(name)).expect("known"), place, "{name}");
        }
        assert!(matches!(Place::of(Path::new("/dev/fd/0")), Ok(Place::Inherited(_))));
    }

    /// The longest name that a file can have is no obstacle.
    #[test]
    fn a_name_of_255_bytes_is_written() {
        let dir = folder();
        let file = dir.path().join("n".repeat(255));
        write_output_file(&file, b"x").expect("written");
        assert_eq!(text(&file), "x");
    }
}
