//! A desktop for tests: an X server without a screen, and a session bus of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::requirements::is_met;

/// Whether the programs are there. `script/setup --test` installs them; `ATTUNE_REQUIRE_DESKTOP=1` fails without them.
pub(crate) fn has_desktop() -> bool {
    let is_there = |program: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("command -v {program}")]).stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let missing = ["Xvfb", "dbus-daemon"].into_iter().find(|program| !is_there(program));
    let found = missing
        .map_or(Ok(()), |program| Err(format!("{program} is missing (script/setup --test installs it)")));
    is_met("ATTUNE_REQUIRE_DESKTOP", found)
}

/// A program that ends with the test.
pub(crate) struct Server {
    child: Child,
    /// How clients find it.
    pub(crate) address: String,
}

impl Server {
    /// An X server on a free display, for example ":3".
    pub(crate) fn x11() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "640x360x24", "-nolisten", "tcp"]);
        let mut server = Self::start(command);
        server.address.insert(0, ':');
        server
    }

    /// A session bus with its socket in a folder.
    pub(crate) fn bus(folder: &Path) -> Self {
        let mut command = Command::new("dbus-daemon");
        let address = format!("--address=unix:path={}/bus", folder.display());
        command.args(["--session", "--nofork", "--print-address=1", &address]);
        Self::start(command)
    }

    /// A server says its address in the first line.
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut address = String::new();
        output.read_line(&mut address).expect("an address");
        // Nobody reads what follows, and the server must not wait for that.
        std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
