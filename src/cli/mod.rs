//! The command line: one file for each subcommand.

mod args;
mod argument_order;
mod bench;
mod bench_scenes;
mod bench_smooth;
mod check_scenes;
mod contact_sheet;
mod doctor;
mod eval;
mod journey;
mod library;
mod live_line;
mod loops;
mod machine;
mod mix;
mod music_library;
mod playlists;
mod print;
mod process;
mod render;
mod restart;
mod run;
mod scan;
mod scene_app;
mod settings;
mod setup;
mod taste;
mod unusable_variables;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::foundation::{Folders, ForeignOutput, tell};
use print::{PrintError, finish_printing, is_closed_pipe};
use unusable_variables::leave_out_unusable;

/// Exit status if an argument or a file is wrong, so that nothing can run.
const CANNOT_RUN: u8 = 2;

/// Light and music that respond to your face: a webcam reads expressions, and the mood drives the scenes on the
/// screen and the choice of music. Nothing leaves this machine.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<CliCommand>,
    #[command(flatten)]
    run: run::RunArgs,
}

const EXAMPLES: &str = "\
Examples:
  attune                                      camera if there is one, else the built-in visitor clip
  attune --source clip --windowed             a demo: four recorded visitors, seven expressions
  attune --source camera:1 --music ~/Music    another camera, your own music
  attune --headless --for 60 --report r.json  no window: mood and music for one minute, then a report
  attune render --source clip --for 89 --audio mix.wav --report r.json
  attune eval faces --plot eval.png           accuracy on your own pictures, faces/EMOTION/*.png
  attune contact-sheet                        every scene in every mood, in one picture
  attune loop orb --mood happy                a short loop of a scene, as orb.webp
  attune mix A.ogg B.ogg -o out.wav           the crossfade between two tracks, and its plan
  attune playlists check --music ~/Music      how many tracks there are for each mood
  attune journey --from sad --to calm --minutes 30 --plot way.png
  attune taste                                what was learned from likes and skips; also export, wipe
  attune scan ~/Music                         analyse your music once, with progress
  attune library --plot library.png           what is known about each track, and a plot
  attune settings set mixer.volume 0.5        change a setting; also list, get, reset
  attune doctor                               check this machine, with a remedy for what is missing
  attune bench --json bench.json              CPU time per camera frame on this machine
  attune bench --smooth --for 300             frame times while scenes, tracks and the library change
  attune bench-scenes --size 640x360          render time of each scene
  attune check-scenes                         check that no scene flashes, with any sound and any mood";

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Read expressions, draw scenes and play music (the default without a subcommand).
    Run(run::RunArgs),
    /// Render pictures and sound to files, faster than real time.
    Render(render::RenderArgs),
    /// Measure how well expressions are read, on folders of pictures named after emotions.
    Eval(eval::EvalArgs),
    /// Render the crossfade between two tracks, and print its plan.
    Mix(mix::MixArgs),
    /// Check the playlists: which tracks they find.
    Playlists(playlists::PlaylistsArgs),
    /// Plan a sequence of tracks that leads from one mood to another, and plot it.
    Journey(journey::JourneyArgs),
    /// Show, export or wipe what was learned from likes and skips.
    Taste(taste::TasteArgs),
    /// Analyse a folder of music, and list the files that cannot be used.
    Scan(scan::ScanArgs),
    /// Show what is known about your music, and correct it.
    Library(library::LibraryArgs),
    /// List the settings, and change them in your settings file.
    Settings(settings::SettingsCommandArgs),
    /// Check camera, display, graphics, sound, models, music and settings, with a remedy for each.
    Doctor(doctor::DoctorArgs),
    /// Draw every scene in every mood, in one picture.
    ContactSheet(contact_sheet::ContactSheetArgs),
    /// Draw a short loop of each scene, as an animated WebP.
    Loop(loops::LoopArgs),
    /// Measure the CPU time per camera frame on one core.
    Bench(bench::BenchArgs),
    /// Measure the render time of each scene at each quality level.
    BenchScenes(bench_scenes::BenchScenesArgs),
    /// Count flashes in every scene and in the changes between them (WCAG 2.3.1).
    CheckScenes(check_scenes::CheckScenesArgs),
}

/// Runs the subcommand that the arguments name. An error ends the program with status 2 and one line; a pipe that was
/// closed ends it quietly.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::try_parse_from(argument_order::options_after_subcommand(std::env::args_os(), Cli::command())) {
        Ok(cli) => {
            let _foreign = ForeignOutput::keep_apart();
            end(run_command(cli))
        }
        // Help and version are answers, too.
        Err(answer) => {
            let status = if answer.use_stderr() { ExitCode::from(CANNOT_RUN) } else { ExitCode::SUCCESS };
            end(answer.print().map(|()| status).map_err(|error| PrintError::from(error).into()))
        }
    }
}

/// The exit status, with an error said.
fn end(done: anyhow::Result<ExitCode>) -> ExitCode {
    match done.and_then(|status| Ok(finish_printing().map(|()| status)?)) {
        Ok(status) => status,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell!("attune: {}", sentence(&error));
            ExitCode::from(CANNOT_RUN)
        }
    }
}

/// An error with its causes. Many of our errors name their cause themselves, which must not be said twice.
fn sentence(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |said, cause| {
        let cause = cause.to_string();
        if said.contains(&cause) { said } else { format!("{said}: {cause}") }
    })
}

fn run_command(cli: Cli) -> anyhow::Result<ExitCode> {
    leave_out_unusable(cli.opens_window())?;
    let folders = &Folders::of_current_user();
    match cli.command {
        None => run::run(&cli.run, folders),
        Some(CliCommand::Run(args)) => run::run(&args, folders),
        Some(CliCommand::Render(args)) => render::render(&args, folders),
        Some(CliCommand::Eval(args)) => eval::eval(&args, folders),
        Some(CliCommand::Mix(args)) => mix::mix(&args, folders),
        Some(CliCommand::Playlists(args)) => playlists::playlists(&args, folders),
        Some(CliCommand::Journey(args)) => journey::journey(&args, folders),
        Some(CliCommand::Taste(args)) => taste::taste(&args, folders),
        Some(CliCommand::Scan(args)) => scan::scan(&args, folders),
        Some(CliCommand::Library(args)) => library::library(&args, folders),
        Some(CliCommand::Settings(args)) => settings::settings(&args, folders),
        Some(CliCommand::Doctor(args)) => doctor::doctor(&args, folders),
        Some(CliCommand::ContactSheet(args)) => contact_sheet::contact_sheet(&args, folders),
        Some(CliCommand::Loop(args)) => loops::loops(&args, folders),
        Some(CliCommand::Bench(args)) => bench::bench(&args, folders),
        Some(CliCommand::BenchScenes(args)) => bench_scenes::bench_scenes(&args, folders),
        Some(CliCommand::CheckScenes(args)) => check_scenes::check_scenes(&args, folders),
    }
}

impl Cli {
    /// Whether the window system is started.
    fn opens_window(&self) -> bool {
        match &self.command {
            None => self.run.opens_window(),
            Some(CliCommand::Run(args)) => args.opens_window(),
            Some(CliCommand::Bench(args)) => args.opens_window(),
            Some(CliCommand::Doctor(_)) => true,
            Some(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixer::AmbientWhen;

    /// A cause that its error names is said once; one that it does not name is said, too.
    #[test]
    fn a_cause_is_said_once() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let words = sentence(&anyhow::Error::new(PrintError::from(full)).context("the list"));
        assert_eq!(words, "the list: standard output: cannot be written: no storage space");
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    /// Every command in the README is one that the program understands.
    #[test]
    fn the_commands_of_the_readme_parse() {
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
        let lines = readme.lines().filter(|line| *line == "attune" || line.starts_with("attune "));
        let mut count = 0;
        for line in lines {
            let command = line.split('#').next().unwrap_or(line);
            let parsed = Cli::try_parse_from(command.split_whitespace());
            let is_help = |error: &clap::Error| error.kind() == clap::error::ErrorKind::DisplayHelp;
            assert!(parsed.as_ref().err().is_none_or(is_help), "{line}: {parsed:?}");
            count += 1;
        }
        assert!(count > 20, "{count} commands were found");
    }

    #[test]
    fn run_is_what_happens_without_a_subcommand() {
        let bare = Cli::try_parse_from(["attune", "--source", "clip", "--for", "2"]).expect("parses");
        assert!(bare.command.is_none());
        assert!(Cli::try_parse_from(["attune", "run", "--source", "clip"]).is_ok());
    }

    #[test]
    fn the_ambient_pad_and_the_bell_can_be_asked_for() {
        let common = |arguments: &[&str]| {
            let all = ["attune", "--source", "clip"].iter().chain(arguments);
            Cli::try_parse_from(all).map(|cli| cli.run.common().clone())
        };
        for (arguments, when) in [
            (&["--ambient"][..], Some(AmbientWhen::Silences)),
            (&["--ambient", "always"], Some(AmbientWhen::Always)),
            (&["--ambient=off"], Some(AmbientWhen::Off)),
            (&["--bed", "always"], Some(AmbientWhen::Always)),
            (&[], None),
        ] {
            assert_eq!(common(arguments).expect("parses").ambient, when, "{arguments:?}");
        }
        assert_eq!(common(&["--bell", "10"]).expect("parses").bell, Some(10.0));
        for wrong in [&["--ambient", "loud"][..], &["--bell", "0"], &["--bell"], &["--bell", "soon"]] {
            assert!(common(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_duration_must_be_above_zero() {
        for wrong in ["0", "-1", "nan", "inf", "soon"] {
            assert!(Cli::try_parse_from(["attune", "--for", wrong]).is_err(), "{wrong}");
        }
    }
}
