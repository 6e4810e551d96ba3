//! Everything on this machine that may blank the screen.

use x11rb::protocol::screensaver::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ScreenSaver};
use x11rb::rust_connection::RustConnection;

use super::session_bus::SessionBus;

/// The screen savers of a session, asked together. Blocks while they answer.
pub struct ScreenSavers {
    /// The address of a bus; `None` is the bus of the session.
    bus_address: Option<String>,
    /// The name of an X server; `None` where none shows the window.
    x11_name: Option<String>,
    bus: Option<SessionBus>,
    x11: Option<RustConnection>,
    is_awake: bool,
    was_awake: bool,
    /// What was said last.
    said: String,
}

impl ScreenSavers {
    /// Those of the session that the environment names; the X server only if it shows the window.
    #[must_use]
    pub fn of_this_session(x11_shows_window: bool) -> Self {
        let x11 = std::env::var("DISPLAY").ok().filter(|_| x11_shows_window);
        Self { bus_address: None, ..Self::at(String::new(), x11) }
    }

    /// Those of a bus at an address and of an X server, for tests.
    #[must_use]
    pub fn at(bus_address: String, x11_name: Option<String>) -> Self {
        Self {
            bus_address: Some(bus_address),
            x11_name,
            bus: None,
            x11: None,
            is_awake: false,
            was_awake: false,
            said: String::new(),
        }
    }

    /// Keeps the screen awake or lets it blank; doing it again repairs what was lost since. Returns what became of it if
    /// that is new.
    pub fn set_awake(&mut self, awake: bool) -> Option<String> {
        let said = if awake { self.keep_awake() } else { self.let_blank() };
        (said != self.said).then(|| {
            self.said.clone_from(&said);
            said
        })
    }

    fn keep_awake(&mut self) -> String {
        let wakes = !self.is_awake && self.was_awake;
        (self.is_awake, self.was_awake) = (true, true);
        let bus = self.keep_awake_by_bus();
        let x11 = self.keep_awake_by_x11();
        if wakes {
            self.wake();
        }
        match (bus, x11) {
            (Ok(service), Some(Ok(()))) => format!("the screen stays awake ({service}, X11)"),
            (Ok(service), _) => format!("the screen stays awake ({service})"),
            (Err(_), Some(Ok(()))) => "the screen stays awake (X11)".to_owned(),
            (Err(bus), Some(Err(x11))) => format!("nothing here keeps the screen awake ({bus}; {x11})"),
            (Err(bus), None) => format!("nothing here keeps the screen awake ({bus})"),
        }
    }

    fn let_blank(&mut self) -> String {
        if !self.is_awake {
            return self.said.clone();
        }
        self.is_awake = false;
        if let Some(bus) = &mut self.bus {
            bus.release();
        }
        // Closing the connection takes the wish back, too; this way it is in effect when this returns.
        if let Some(server) = self.x11.take()
            && let Err(error) = suspend(&server, false)
        {
            bevy::log::debug!("X11: {error}");
        }
        "the screen may blank".to_owned()
    }

    fn keep_awake_by_bus(&mut self) -> Result<&'static str, String> {
        let bus = if let Some(bus) = &mut self.bus {
            bus
        } else {
            let bus = SessionBus::connect(self.bus_address.as_deref()).map_err(|error| error.to_string())?;
            self.bus.insert(bus)
        };
        bus.inhibit().map_err(|error| {
            // A bus that has ended is looked for again.
            self.bus = None;
            error.to_string()
        })
    }

    fn keep_awake_by_x11(&mut self) -> Option<Result<(), String>> {
        let name = self.x11_name.as_deref()?;
        // A server that was started again knows nothing of the wish.
        if self.x11.as_ref().is_some_and(|server| answers(server).is_ok()) {
            return Some(Ok(()));
        }
        self.x11 = None;
        let connected = x11rb::connect(Some(name)).map_err(|error| error.to_string());
        Some(connected.and_then(|(server, _)| {
            suspend(&server, true)?;
            self.x11 = Some(server);
            Ok(())
        }))
    }

    /// Shows the picture on a screen that is blank already.
    fn wake(&self) {
        if let Some(bus) = &self.bus {
            bus.wake();
        }
        if let Some(server) = &self.x11
            && let Err(error) = wake(server)
        {
            bevy::log::debug!("X11: {error}");
        }
    }
}

fn suspend(server: &RustConnection, suspended: bool) -> Result<(), String> {
    // The server wants to know the version first.
    let asked = server.screensaver_query_version(1, 1).map_err(|error| error.to_string())?;
    asked.reply().map_err(|error| error.to_string())?;
    let sent = server.screensaver_suspend(suspended.into()).map_err(|error| error.to_string())?;
    sent.check().map_err(|error| error.to_string())
}

fn wake(server: &RustConnection) -> Result<(), String> {
    let sent = server.force_screen_saver(ScreenSaver::RESET).map_err(|error| error.to_string())?;
    sent.check().map_err(|error| error.to_string())
}

fn answers(server: &RustConnection) -> Result<(), String> {
    let asked = server.get_input_focus().map_err(|error| error.to_string())?;
    asked.reply().map(drop).map_err(|error| error.to_string())
}
