//! The screen stays awake while pictures are shown: against a session bus, an X server, and as a whole program.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use attune::visuals::display::{AwakeScreen, ScreenSavers};
use x11rb::connection::Connection as _;
use x11rb::protocol::screensaver::{ConnectionExt as _, State};
use x11rb::protocol::xproto::{Blanking, ConnectionExt as _, Exposures};
use x11rb::rust_connection::RustConnection;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

use super::desktop::{Server, has_desktop};
use super::{machine, program};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A screen saver that notes what it is asked.
struct FakeScreenSaver(Sender<String>);

impl FakeScreenSaver {
    fn note(&self, asked: String) {
        self.0.send(asked).expect("the test listens");
    }
}

#[zbus::interface(name = "org.freedesktop.ScreenSaver")]
impl FakeScreenSaver {
    fn inhibit(&self, program: &str, reason: &str) -> u32 {
        self.note(format!("inhibit {program}: {reason}"));
        7
    }

    #[zbus(name = "UnInhibit")]
    fn uninhibit(&self, cookie: u32) {
        self.note(format!("release {cookie}"));
    }

    fn simulate_user_activity(&self) {
        self.note("wake".to_owned());
    }
}

/// A portal that notes what it is asked; its requests are objects that can be closed.
struct FakePortal(Sender<String>);

#[zbus::interface(name = "org.freedesktop.portal.Inhibit")]
impl FakePortal {
    fn inhibit(
        &self,
        window: &str,
        flags: u32,
        options: std::collections::HashMap<String, zbus::zvariant::OwnedValue>,
    ) -> zbus::zvariant::OwnedObjectPath {
        drop((window.to_owned(), options));
        self.0.send(format!("inhibit {flags}")).expect("the test listens");
        zbus::zvariant::ObjectPath::from_static_str_unchecked("/request/1").into()
    }
}

struct FakeRequest(Sender<String>);

#[zbus::interface(name = "org.freedesktop.portal.Request")]
impl FakeRequest {
    fn close(&self) {
        self.0.send("close".to_owned()).expect("the test listens");
    }
}

/// Serves the fake screen saver on a bus as long as the connection lives.
fn serve_screen_saver(bus: &Server) -> (Connection, Receiver<String>) {
    let (sender, asked) = channel();
    let connection = Builder::address(bus.address.as_str())
        .and_then(|builder| builder.serve_at("/org/freedesktop/ScreenSaver", FakeScreenSaver(sender)))
        .and_then(|builder| builder.name("org.freedesktop.ScreenSaver"))
        .and_then(Builder::build)
        .expect("the bus takes a service");
    (connection, asked)
}

fn next(asked: &Receiver<String>) -> String {
    asked.recv_timeout(PATIENCE).expect("it is asked in time")
}

/// The wish is told once, taken back when the screen may sleep, told again with a screen that wakes, and taken back at
/// the end.
#[test]
fn a_screen_saver_is_told_and_told_again() {
    if !has_desktop() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bus = Server::bus(folder.path());
    let (_service, asked) = serve_screen_saver(&bus);
    let mut screen = AwakeScreen::new(ScreenSavers::at(bus.address.clone(), None)).expect("a thread");
    screen.set(true);
    assert_eq!(next(&asked), "inhibit Attune: pictures are shown");
    screen.set(true);
    screen.set(false);
    assert_eq!(next(&asked), "release 7");
    screen.set(true);
    assert_eq!([next(&asked), next(&asked)], ["inhibit Attune: pictures are shown", "wake"]);
    drop(screen);
    assert_eq!(next(&asked), "release 7");
}

/// A screen saver that was started again is told again.
#[test]
fn a_screen_saver_that_was_started_again_is_told_again() {
    if !has_desktop() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bus = Server::bus(folder.path());
    let mut savers = ScreenSavers::at(bus.address.clone(), None);
    let (first, asked) = serve_screen_saver(&bus);
    let said = savers.set_awake(true).expect("new");
    assert!(said.contains("org.freedesktop.ScreenSaver"), "{said}");
    assert_eq!(savers.set_awake(true), None, "nothing is new");
    assert_eq!(asked.try_iter().count(), 1);
    first.close().expect("closed");
    let said = savers.set_awake(true).expect("new");
    assert!(said.contains("nothing here keeps the screen awake"), "{said}");
    let (_second, asked) = serve_screen_saver(&bus);
    assert!(savers.set_awake(true).is_some());
    assert_eq!(asked.try_iter().next().as_deref(), Some("inhibit Attune: pictures are shown"));
}

/// Where there is no screen saver, the portal is asked to keep the session from being idle, and its request is closed.
#[test]
fn the_portal_is_asked_where_there_is_no_screen_saver() {
    if !has_desktop() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bus = Server::bus(folder.path());
    let (sender, asked) = channel();
    let _portal = Builder::address(bus.address.as_str())
        .and_then(|builder| builder.serve_at("/org/freedesktop/portal/desktop", FakePortal(sender.clone())))
        .and_then(|builder| builder.serve_at("/request/1", FakeRequest(sender)))
        .and_then(|builder| builder.name("org.freedesktop.portal.Desktop"))
        .and_then(Builder::build)
        .expect("the bus takes a service");
    let mut savers = ScreenSavers::at(bus.address.clone(), None);
    let said = savers.set_awake(true).expect("new");
    assert!(said.contains("portal"), "{said}");
    assert_eq!(next(&asked), "inhibit 8");
    assert_eq!(savers.set_awake(false).as_deref(), Some("the screen may blank"));
    assert_eq!(next(&asked), "close");
}

/// A bus that is not there, an address that is none, and a server that is none are words, not a failure.
#[test]
fn no_desktop_is_no_failure() {
    for bus in ["", "nonsense", "unix:path=/not/here"] {
        let mut savers = ScreenSavers::at(bus.to_owned(), Some(":nonsense".to_owned()));
        let said = savers.set_awake(true).expect("new");
        assert!(said.starts_with("nothing here keeps the screen awake"), "{bus}: {said}");
        assert_eq!(savers.set_awake(false).as_deref(), Some("the screen may blank"));
    }
}

/// The screen saver of an X server that is on after a second without a key.
struct ImpatientServer {
    line: RustConnection,
    root: u32,
}

impl ImpatientServer {
    fn new(server: &Server) -> Self {
        let (line, screen) = x11rb::connect(Some(&server.address)).expect("it answers");
        let root = line.setup().roots[screen].root;
        line.set_screen_saver(1, 0, Blanking::PREFERRED, Exposures::ALLOWED)
            .expect("sent")
            .check()
            .expect("set");
        Self { line, root }
    }

    fn is_blank(&self) -> bool {
        let info = self.line.screensaver_query_info(self.root).expect("sent").reply().expect("known");
        State::from(info.state) == State::ON
    }

    fn becomes_blank(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.is_blank() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }
}

/// An X server does not blank while the screen is kept awake, does so afterwards, and wakes when somebody comes.
#[test]
fn an_x_server_blanks_only_when_it_may() {
    if !has_desktop() {
        return;
    }
    let x11 = Server::x11();
    let server = ImpatientServer::new(&x11);
    let mut savers = ScreenSavers::at("unix:path=/not/here".to_owned(), Some(x11.address.clone()));
    let said = savers.set_awake(true).expect("new");
    assert_eq!(said, "the screen stays awake (X11)");
    std::thread::sleep(Duration::from_secs(4));
    assert!(!server.is_blank());
    savers.set_awake(false);
    assert!(server.becomes_blank());
    savers.set_awake(true);
    assert!(!server.is_blank(), "somebody has come");
    drop(savers);
    assert!(server.becomes_blank(), "the end of the program lets the screen blank");
}

/// The whole program tells the desktop while its window is open, and takes it back when it ends.
#[test]
fn the_program_keeps_the_screen_awake_while_its_window_is_open() {
    if !has_desktop() || !machine::can_draw() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (bus, x11) = (Server::bus(folder.path()), Server::x11());
    let (_service, asked) = serve_screen_saver(&bus);
    let run = |arguments: &[&str]| {
        let mut command = program::attune(folder.path());
        command.args(arguments).args(["--source", "clip"]);
        command.env("DISPLAY", &x11.address).env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        let output =
            command.env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET").output().expect("starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        asked.try_iter().collect::<Vec<_>>()
    };
    assert_eq!(run(&["--windowed", "--for", "2"]), ["inhibit Attune: pictures are shown", "release 7"]);
    assert_eq!(run(&["--headless", "--for", "1"]), Vec::<String>::new(), "nothing is shown");
}
