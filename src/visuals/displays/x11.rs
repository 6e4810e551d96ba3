//! What winit does not tell of an X server: whether a window manager is there, and who has the keyboard.

use std::env;

use x11rb::errors::{ConnectError, ReplyError};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, InputFocus};
use x11rb::rust_connection::RustConnection;
use x11rb::{CURRENT_TIME, NONE};

/// More hints than any manager supports.
const MOST_HINTS: u32 = 1_024;

#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("the X server cannot be reached: {0}")]
    Connect(#[from] ConnectError),
    #[error("the X server did not answer: {0}")]
    Reply(#[from] ReplyError),
}

impl From<x11rb::errors::ConnectionError> for Unanswered {
    fn from(error: x11rb::errors::ConnectionError) -> Self {
        Self::Reply(error.into())
    }
}

/// Whether windows are shown by an X server; as winit decides it.
pub(super) fn in_use() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("WAYLAND_SOCKET")
}

/// Whether somebody makes a window fill a monitor when it asks for that (`_NET_WM_STATE_FULLSCREEN` of EWMH).
pub(super) fn fullscreen_is_understood() -> Result<bool, Unanswered> {
    let (server, screen) = RustConnection::connect(None)?;
    let root = root(&server, screen);
    let atom = |name: &str| -> Result<u32, Unanswered> {
        Ok(server.intern_atom(false, name.as_bytes())?.reply()?.atom)
    };
    let [check, supported, fullscreen] = [
        atom("_NET_SUPPORTING_WM_CHECK")?,
        atom("_NET_SUPPORTED")?,
        atom("_NET_WM_STATE_FULLSCREEN")?,
    ];
    let read = |window: u32, what: u32, kind: AtomEnum| -> Result<Vec<u32>, Unanswered> {
        let reply = server.get_property(false, window, what, kind, 0, MOST_HINTS)?.reply()?;
        Ok(reply.value32().map(Iterator::collect).unwrap_or_default())
    };
    // What a manager said stays on the root when it has gone; only its own window tells that it lives.
    let Some(&manager) = read(root, check, AtomEnum::WINDOW)?.first() else { return Ok(false) };
    let lives = read(manager, check, AtomEnum::WINDOW).is_ok_and(|own| own.first() == Some(&manager));
    Ok(lives && read(root, supported, AtomEnum::ATOM)?.contains(&fullscreen))
}

/// Gives the keyboard to this window if no window has it. Without a window manager nobody else does.
pub(super) fn take_keyboard(window: u32) -> Result<(), Unanswered> {
    let (server, screen) = RustConnection::connect(None)?;
    let owner = server.get_input_focus()?.reply()?.focus;
    let nobody = [NONE, u32::from(InputFocus::POINTER_ROOT), root(&server, screen)];
    if nobody.contains(&owner) {
        server.set_input_focus(InputFocus::POINTER_ROOT, window, CURRENT_TIME)?.check()?;
    }
    Ok(())
}

fn root(server: &RustConnection, screen: usize) -> u32 {
    use x11rb::connection::Connection as _;

    server.setup().roots.get(screen).map_or(NONE, |screen| screen.root)
}
