//! The command line: one file for each subcommand.

mod args;
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
mod process;
mod render;
mod restart;
mod run;
mod scan;
mod scene_app;
mod setup;
mod taste;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::foundation::Folders;

/// Exit status when nothing can run: an argument or a file is wrong.
const CANNOT_RUN: u8 = 2;

/// A room that feels back: a webcam reads an expression, and the mood moves the light on the screen and the
/// music in the air. Nothing leaves this machine.
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
  attune --source clip --windowed             watch it read four visitors and seven expressions
  attune --source camera:1 --music ~/Music    another camera, your own music
  attune --headless --for 60 --report r.json  no window: mood and music for a minute, and a report
  attune render --source clip --for 89 --audio mix.wav --report r.json
  attune eval faces --plot eval.png           how well it reads your pictures, faces/EMOTION/*.png
  attune contact-sheet                        every scene under every mood, on one picture
  attune loop orb --mood happy                a short loop of a scene, as orb.webp
  attune mix A.ogg B.ogg -o out.wav           how one track goes over into the other, and the plan
  attune playlists check --music ~/Music      how many tracks each mood finds
  attune journey --from sad --to calm --minutes 30 --plot way.png
  attune taste                                what was learned from likes and skips; also export, wipe
  attune scan ~/Music                         read and measure your music once, with progress
  attune library --plot library.png           what it knows about each track, and a picture of it
  attune doctor                               what this machine has, and what to do about the rest
  attune bench --json bench.json              what a frame costs on this machine
  attune bench --smooth --for 300             does it stay smooth while scenes, tracks and the library change?
  attune bench-scenes --size 640x360          what a picture of each scene costs
  attune check-scenes                         no scene flashes, whatever sounds and whoever comes";

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Watch, feel and play (this is also what happens without a subcommand).
    Run(run::RunArgs),
    /// The same on a virtual clock, as fast as the machine can, into files.
    Render(render::RenderArgs),
    /// Measure how well expressions are read, on folders of pictures named after emotions.
    Eval(eval::EvalArgs),
    /// Render how one track goes over into another, and print the plan.
    Mix(mix::MixArgs),
    /// Look at the playlists: which tracks they find.
    Playlists(playlists::PlaylistsArgs),
    /// Plan the way from one mood to another through your music, and draw it.
    Journey(journey::JourneyArgs),
    /// What was learned from likes and skips: show it, export it, wipe it.
    Taste(taste::TasteArgs),
    /// Read and measure a folder of music, and list what cannot be used.
    Scan(scan::ScanArgs),
    /// Show what is known about your music, and set what you know better.
    Library(library::LibraryArgs),
    /// Check camera, display, graphics, sound, models, music and settings, with a remedy for each.
    Doctor(doctor::DoctorArgs),
    /// Draw every scene under every mood, on one picture.
    ContactSheet(contact_sheet::ContactSheetArgs),
    /// Draw a short loop of each scene, as an animated WebP.
    Loop(loops::LoopArgs),
    /// Measure what a frame costs on this machine, on one core.
    Bench(bench::BenchArgs),
    /// Measure what a picture of each scene costs at each level of quality.
    BenchScenes(bench_scenes::BenchScenesArgs),
    /// Count flashes on the pictures of every scene and of changes between them (WCAG 2.3.1).
    CheckScenes(check_scenes::CheckScenesArgs),
}

/// Does what the arguments ask for. Errors end the program with status 2 and one clear line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let folders = &Folders::of_current_user();
    let done = match cli.command {
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
        Some(CliCommand::Doctor(args)) => doctor::doctor(&args, folders),
        Some(CliCommand::ContactSheet(args)) => contact_sheet::contact_sheet(&args, folders),
        Some(CliCommand::Loop(args)) => loops::loops(&args, folders),
        Some(CliCommand::Bench(args)) => bench::bench(&args, folders),
        Some(CliCommand::BenchScenes(args)) => bench_scenes::bench_scenes(&args, folders),
        Some(CliCommand::CheckScenes(args)) => check_scenes::check_scenes(&args, folders),
    };
    done.unwrap_or_else(|error| {
        eprintln!("attune: {error:#}");
        ExitCode::from(CANNOT_RUN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixer::BedWhen;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_is_what_happens_without_a_subcommand() {
        let bare = Cli::try_parse_from(["attune", "--source", "clip", "--for", "2"]).expect("parses");
        assert!(bare.command.is_none());
        assert!(Cli::try_parse_from(["attune", "run", "--source", "clip"]).is_ok());
    }

    #[test]
    fn the_bed_and_the_bell_can_be_asked_for() {
        let common = |arguments: &[&str]| {
            let all = ["attune", "--source", "clip"].iter().chain(arguments);
            Cli::try_parse_from(all).map(|cli| cli.run.common().clone())
        };
        for (arguments, when) in [
            (&["--bed"][..], Some(BedWhen::Silences)),
            (&["--bed", "always"], Some(BedWhen::Always)),
            (&["--bed=off"], Some(BedWhen::Off)),
            (&[], None),
        ] {
            assert_eq!(common(arguments).expect("parses").bed, when, "{arguments:?}");
        }
        assert_eq!(common(&["--bell", "10"]).expect("parses").bell, Some(10.0));
        for wrong in [&["--bed", "loud"][..], &["--bell", "0"], &["--bell"], &["--bell", "soon"]] {
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
