//! Whatever stands in the environment, the program says what is wrong in a sentence and goes on.

use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};

use super::desktop::{Server, has_desktop};
use super::{machine, program};

/// Every variable that Attune, its libraries and its drivers read on Linux, but for the homes of the test itself.
const VARIABLES: [&str; 62] = [
    // display and keyboard: winit, x11rb, Wayland, xkbcommon
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "WAYLAND_SOCKET",
    "WAYLAND_DEBUG",
    "XDG_RUNTIME_DIR",
    "WINIT_UNIX_BACKEND",
    "WINIT_X11_SCALE_FACTOR",
    "WINIT_HIDPI_FACTOR",
    "XMODIFIERS",
    "RESOURCE_NAME",
    "XCURSOR_THEME",
    "XCURSOR_SIZE",
    "XCURSOR_PATH",
    "XKB_CONFIG_ROOT",
    "XKB_CONFIG_EXTRA_PATH",
    "XLOCALEDIR",
    "XCOMPOSEFILE",
    "XENVIRONMENT",
    "XDG_ACTIVATION_TOKEN",
    "DESKTOP_STARTUP_ID",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    // graphics: wgpu, Bevy, the Vulkan loader, Mesa
    "WGPU_BACKEND",
    "WGPU_ADAPTER_NAME",
    "WGPU_POWER_PREF",
    "WGPU_SETTINGS_PRIO",
    "WGPU_FORCE_FALLBACK_ADAPTER",
    "WGPU_DEBUG",
    "WGPU_VALIDATION",
    "VK_ICD_FILENAMES",
    "VK_DRIVER_FILES",
    "VK_INSTANCE_LAYERS",
    "VK_LAYER_PATH",
    "VK_LOADER_DEBUG",
    "MESA_LOADER_DRIVER_OVERRIDE",
    "MESA_LOG_FILE",
    "GALLIUM_DRIVER",
    "LIBGL_DRIVERS_PATH",
    "BEVY_ASSET_ROOT",
    // sound
    "PULSE_SERVER",
    "PULSE_COOKIE",
    "ALSA_CONFIG_PATH",
    "ALSA_CONFIG_DIR",
    "PIPEWIRE_RUNTIME_DIR",
    "JACK_DEFAULT_SERVER",
    // pads, bus, language, time
    "SDL_GAMECONTROLLERCONFIG",
    "GILRS_DISABLE_UDEV",
    "DBUS_SESSION_BUS_ADDRESS",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TZDIR",
    // terminal, log and the rest
    "RUST_LOG",
    "RUST_BACKTRACE",
    "NO_COLOR",
    "TERM",
    "COLUMNS",
    "TMPDIR",
    "ATTUNE_STARTED_AGAIN",
    "ATTUNE_LOSE_DEVICE",
];

/// Nonsense, nothing, bytes that are no UTF-8, and a number.
fn values() -> [OsString; 4] {
    ["nonsense".into(), OsString::new(), OsString::from_vec(vec![0xFF, 0xFE, b'/']), "-1".into()]
}

fn did_not_panic(output: &Output, what: &dyn std::fmt::Debug) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some(), "{what:?} ended by a signal: {words}");
    assert!(!words.contains("panicked") && output.status.code() != Some(101), "{what:?}: {words}");
}

fn run(arguments: &[&str], home: &Path, variables: &[&str], value: &OsStr) -> Output {
    let mut command = program::attune(home);
    command.args(arguments).current_dir(home);
    for variable in variables {
        command.env(variable, value);
    }
    command.output().expect("starts")
}

/// Each variable alone, for the command that everybody tries first.
#[test]
fn no_variable_alone_keeps_help_from_being_shown() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let homes = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "RUST_MIN_STACK"];
    for variable in VARIABLES.into_iter().chain(homes) {
        for value in values() {
            let output = run(&["--help"], home.path(), &[variable], &value);
            did_not_panic(&output, &(variable, &value));
            assert!(output.status.success() && !output.stdout.is_empty(), "{variable}={value:?}");
        }
    }
}

/// All variables at once, with each kind of value, for the doctor, a run and a render.
#[test]
fn no_kind_of_value_makes_the_program_panic() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for value in values() {
        for arguments in [
            &["doctor"][..],
            &["run", "--headless", "--source", "clip", "--for", "0.5"],
            &["run", "--windowed", "--source", "clip", "--for", "0.5"],
            &["render", "--source", "clip", "--for", "0.5", "--frames", "pictures", "--size", "32x32"],
        ] {
            did_not_panic(&run(arguments, home.path(), &VARIABLES, &value), &(arguments, &value));
        }
    }
}

/// A home that is nonsense, nothing or no UTF-8 costs settings, not the program.
#[test]
fn a_home_that_is_none_is_no_failure() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for value in values() {
        for variables in [&["HOME"][..], &["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"]] {
            did_not_panic(&run(&["doctor"], home.path(), variables, &value), &(variables, &value));
        }
    }
}

/// A stack size that no thread can have is left out with a sentence, and the program does its work.
#[test]
fn a_stack_that_cannot_be_is_left_out() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for size in ["1", "99999999999999999"] {
        let output =
            run(&["settings", "get", "mixer.volume"], home.path(), &["RUST_MIN_STACK"], OsStr::new(size));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{size}: {words}");
        assert!(words.contains(&format!("RUST_MIN_STACK={size}")) && words.lines().count() == 1, "{words}");
    }
}

/// Runs in a window for a moment; gives what was said.
fn run_window(home: &Path, prepare: impl FnOnce(&mut Command)) -> String {
    let mut command = program::attune(home);
    command.args(["run", "--windowed", "--source", "clip", "--for", "1"]);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    prepare(&mut command);
    let output = command.output().expect("starts");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    did_not_panic(&output, &words);
    assert!(output.status.success(), "{words}");
    words
}

/// A Wayland that is gone, a scale that is none and keyboards that are nowhere: the window opens on the X server, with
/// one sentence.
#[test]
fn a_window_opens_on_the_x_server_behind_a_stale_wayland() {
    if !has_desktop() || !machine::can_draw() {
        return;
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let x11 = Server::x11();
    let words = run_window(home.path(), |command| {
        command.env("DISPLAY", &x11.address).env("WAYLAND_DISPLAY", "wayland-9").env("WAYLAND_SOCKET", "77");
        command.env("WINIT_X11_SCALE_FACTOR", "nonsense").env("XKB_CONFIG_ROOT", "/not/here");
    });
    assert_eq!(words.lines().filter(|line| line.starts_with("attune:")).count(), 1, "{words}");
    for part in
        ["WAYLAND_DISPLAY=wayland-9", "WAYLAND_SOCKET=77", "WINIT_X11_SCALE_FACTOR", "XKB_CONFIG_ROOT"]
    {
        assert!(words.contains(part), "{part} is missing in: {words}");
    }
    assert!(words.contains("monitors: 1 ") && !words.contains("no window"), "{words}");
}

/// Without any display there is one sentence, and mood and music run.
#[test]
fn a_stale_wayland_alone_is_one_sentence() {
    let home = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(home.path().join("file"), "").expect("written");
    drop(UnixListener::bind(home.path().join("unserved")).expect("bound"));
    for display in ["wayland-9", "file", "unserved", "a/b", "/not/here"] {
        let words = run_window(home.path(), |command| {
            command.env("WAYLAND_DISPLAY", display).env("XDG_RUNTIME_DIR", home.path());
        });
        let said: Vec<&str> = words.lines().filter(|line| line.starts_with("attune:")).collect();
        let expected = format!("attune: no window: no display: WAYLAND_DISPLAY={display} does not answer");
        assert!(said.len() == 1 && said[0].starts_with(&expected), "{words}");
    }
}

/// A Wayland server that answers and then fails makes winit fail after all checks: that is one sentence, too.
#[test]
fn a_window_system_that_fails_at_the_start_is_one_sentence() {
    if !machine::can_draw() {
        return;
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let socket = home.path().join("fails");
    let listener = UnixListener::bind(&socket).expect("bound");
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut request = [0; 12];
            // Winit asks for something else, and is left alone.
            if client.read_exact(&mut request).is_ok() && request[4..] == [0, 0, 12, 0, 2, 0, 0, 0] {
                let done = [2, 12 << 16, 0_u32].map(u32::to_ne_bytes).concat();
                let _ = client.write_all(&done);
            }
        }
    });
    let words = run_window(home.path(), |command| {
        command.env("WAYLAND_DISPLAY", &socket);
    });
    let said: Vec<&str> = words.lines().filter(|line| line.starts_with("attune:")).collect();
    assert!(said.len() == 1 && said[0].contains("the window system does not start"), "{words}");
}

/// A machine without sound is one sentence of Attune's, not pages of ALSA; whoever asks for debug lines sees them.
#[test]
fn a_terminal_without_sound_shows_one_sentence() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = |log: &str| {
        let mut command = program::attune(home.path());
        command.args(["run", "--headless", "--source", "clip", "--for", "2"]).env("RUST_LOG", log);
        // No sound server can be reached, and the sound cards of this machine are not looked at.
        command.env("PULSE_SERVER", "unix:/not/here").env("XDG_RUNTIME_DIR", home.path());
        command.env("ALSA_CONFIG_PATH", "/not/here");
        let output = command.output().expect("starts");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let quiet = run("");
    assert!(!quiet.contains("ALSA lib"), "{quiet}");
    assert!(quiet.contains("no sound device"), "{quiet}");
    let loud = run("debug");
    assert!(loud.contains("ALSA lib"), "{loud}");
}
