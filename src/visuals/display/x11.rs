//! What winit does not report of an X server: its monitors as they are now, the actual place of a window, whether there is
//! a window manager, and which window has the keyboard focus.
//!
//! winit keeps the list of monitors that it read at the start, and does not check whether a window became fullscreen.

use x11rb::connection::Connection as _;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, InputFocus};
use x11rb::rust_connection::RustConnection;
use x11rb::{CURRENT_TIME, NONE};

use super::monitor_choice::MonitorArea;

/// More hints than any window manager supports.
const MOST_HINTS: u32 = 1_024;

#[derive(Debug, thiserror::Error)]
pub(super) enum X11Error {
    #[error("the X server cannot be reached: {0}")]
    Connect(#[from] ConnectError),
    #[error("the X server did not answer: {0}")]
    Reply(#[from] ReplyError),
}

impl From<ConnectionError> for X11Error {
    fn from(error: ConnectionError) -> Self {
        Self::Reply(error.into())
    }
}

type X11Result<T> = Result<T, X11Error>;

/// A connection to the server.
pub(super) struct X11Server {
    connection: RustConnection,
    root: u32,
    manager: u32,
    supported: u32,
    fullscreen: u32,
}

/// Left upper corner and size, in pixels of the desktop.
pub(super) type WindowRect = ((i32, i32), (u32, u32));

impl X11Server {
    pub(super) fn connect() -> X11Result<Self> {
        let (connection, screen) = RustConnection::connect(None)?;
        let root = connection.setup().roots.get(screen).map_or(NONE, |screen| screen.root);
        let atom = |name: &str| -> X11Result<u32> {
            Ok(connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
        };
        let manager = atom("_NET_SUPPORTING_WM_CHECK")?;
        let supported = atom("_NET_SUPPORTED")?;
        let fullscreen = atom("_NET_WM_STATE_FULLSCREEN")?;
        Ok(Self { connection, root, manager, supported, fullscreen })
    }

    /// The monitors from left to right, and which of them is primary.
    pub(super) fn monitors(&self) -> X11Result<(Vec<MonitorArea>, Option<usize>)> {
        let mut found = self.connection.randr_get_monitors(self.root, true)?.reply()?.monitors;
        found.sort_by_key(|monitor| (monitor.x, monitor.y));
        let primary = found.iter().position(|monitor| monitor.primary);
        let screen = |monitor: &x11rb::protocol::randr::MonitorInfo| -> X11Result<MonitorArea> {
            let name = self.connection.get_atom_name(monitor.name)?.reply()?.name;
            Ok(MonitorArea {
                name: String::from_utf8_lossy(&name).into_owned(),
                at: (monitor.x.into(), monitor.y.into()),
                size: (monitor.width.into(), monitor.height.into()),
            })
        };
        Ok((found.iter().map(screen).collect::<X11Result<_>>()?, primary))
    }

    /// Place and size of a window, without its frame.
    pub(super) fn rectangle(&self, window: u32) -> X11Result<WindowRect> {
        let place = self.connection.translate_coordinates(window, self.root, 0, 0)?.reply()?;
        let size = self.connection.get_geometry(window)?.reply()?;
        Ok(((place.dst_x.into(), place.dst_y.into()), (size.width.into(), size.height.into())))
    }

    /// Whether a window manager makes a window fill a monitor on request (`_NET_WM_STATE_FULLSCREEN` of EWMH).
    pub(super) fn is_managed(&self) -> X11Result<bool> {
        let read = |window: u32, what: u32, kind: AtomEnum| -> X11Result<Vec<u32>> {
            let reply = self.connection.get_property(false, window, what, kind, 0, MOST_HINTS)?.reply()?;
            Ok(reply.value32().map(Iterator::collect).unwrap_or_default())
        };
        // A window manager that has ended leaves its properties on the root window; only its own window shows that it runs.
        let Some(&manager) = read(self.root, self.manager, AtomEnum::WINDOW)?.first() else {
            return Ok(false);
        };
        let lives =
            read(manager, self.manager, AtomEnum::WINDOW).is_ok_and(|own| own.first() == Some(&manager));
        Ok(lives && read(self.root, self.supported, AtomEnum::ATOM)?.contains(&self.fullscreen))
    }

    /// Gives the keyboard focus to this window if no window has it. Without a window manager no other program does.
    pub(super) fn take_keyboard(&self, window: u32) -> X11Result<()> {
        let owner = self.connection.get_input_focus()?.reply()?.focus;
        if [NONE, InputFocus::POINTER_ROOT.into(), self.root].contains(&owner) {
            self.connection.set_input_focus(InputFocus::POINTER_ROOT, window, CURRENT_TIME)?.check()?;
        }
        Ok(())
    }
}
