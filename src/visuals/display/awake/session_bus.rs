//! The screen savers of a session bus (D-Bus).

use std::collections::HashMap;
use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{OwnedObjectPath, Value};

/// How long a service may take to answer; it may have to be started first.
const PATIENCE: Duration = Duration::from_secs(5);
/// Shown by desktops that list what keeps the screen awake.
const REASON: &str = "pictures are shown";
const SCREEN_SAVER: &str = "org.freedesktop.ScreenSaver";
const SCREEN_SAVER_PATH: &str = "/org/freedesktop/ScreenSaver";
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";
/// The flag of the portal for an idle session.
const IDLE: u32 = 8;

/// A connection to a session bus.
pub(super) struct SessionBus {
    connection: Connection,
    held: Option<HeldInhibition>,
}

/// What a service gave for the wish.
struct HeldInhibition {
    service: &'static str,
    /// The unique name of the service: another one is another process, which knows nothing of the wish.
    owner: String,
    ticket: InhibitionTicket,
}

enum InhibitionTicket {
    Cookie(u32),
    Request(OwnedObjectPath),
}

impl SessionBus {
    /// The bus at an address; without one, that of the session.
    pub(super) fn connect(address: Option<&str>) -> zbus::Result<Self> {
        let builder = match address {
            Some(address) => Builder::address(address)?,
            None => Builder::session()?,
        };
        Ok(Self { connection: builder.method_timeout(PATIENCE).build()?, held: None })
    }

    /// Asks the first service that is there. Asking again costs a look whether it still knows.
    ///
    /// # Errors
    /// That of the last service, if none takes the wish.
    pub(super) fn inhibit(&mut self) -> zbus::Result<&'static str> {
        if let Some(held) = &self.held
            && self.owner(held.service).is_ok_and(|owner| owner == held.owner)
        {
            return Ok(held.service);
        }
        self.held = None;
        let held = self.inhibit_screen_saver().or_else(|_| self.inhibit_by_portal())?;
        let service = held.service;
        self.held = Some(held);
        Ok(service)
    }

    /// Takes the wish back. A service that is gone has forgotten it.
    pub(super) fn release(&mut self) {
        let Some(held) = self.held.take() else { return };
        let released = match held.ticket {
            InhibitionTicket::Cookie(cookie) => {
                self.call(SCREEN_SAVER, SCREEN_SAVER_PATH, SCREEN_SAVER, "UnInhibit", &cookie)
            }
            InhibitionTicket::Request(path) => {
                self.call(PORTAL, path.as_str(), "org.freedesktop.portal.Request", "Close", &())
            }
        };
        if let Err(error) = released {
            bevy::log::debug!("{}: {error}", held.service);
        }
    }

    /// Wakes a screen that is blank already, where the service can.
    pub(super) fn wake(&self) {
        let woken = self.call(SCREEN_SAVER, SCREEN_SAVER_PATH, SCREEN_SAVER, "SimulateUserActivity", &());
        if let Err(error) = woken {
            bevy::log::debug!("{SCREEN_SAVER}: {error}");
        }
    }

    fn inhibit_screen_saver(&self) -> zbus::Result<HeldInhibition> {
        let body = ("Attune", REASON);
        let answer = self.call(SCREEN_SAVER, SCREEN_SAVER_PATH, SCREEN_SAVER, "Inhibit", &body)?;
        let ticket = InhibitionTicket::Cookie(answer.body().deserialize()?);
        Ok(HeldInhibition { service: SCREEN_SAVER, owner: self.owner(SCREEN_SAVER)?, ticket })
    }

    fn inhibit_by_portal(&self) -> zbus::Result<HeldInhibition> {
        let options = HashMap::from([("reason", Value::from(REASON))]);
        let body = ("", IDLE, options);
        let answer = self.call(PORTAL, PORTAL_PATH, "org.freedesktop.portal.Inhibit", "Inhibit", &body)?;
        let ticket = InhibitionTicket::Request(answer.body().deserialize()?);
        Ok(HeldInhibition { service: PORTAL, owner: self.owner(PORTAL)?, ticket })
    }

    fn owner(&self, service: &str) -> zbus::Result<String> {
        let bus = "org.freedesktop.DBus";
        self.call(bus, "/org/freedesktop/DBus", bus, "GetNameOwner", &service)?.body().deserialize()
    }

    fn call<B>(
        &self,
        service: &str,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> zbus::Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.connection.call_method(Some(service), path, Some(interface), method, body)
    }
}
