//! Makes the starter album of Attune: composes, plays, mixes and encodes every piece.

mod compose;
mod encode;
mod fidelity;
mod form;
mod level;
mod measure;
mod melody;
mod mix;
mod piece;
mod pieces;
mod reverb;
mod rhythm;
mod rng;
mod synth;
mod theory;

use anyhow::Result;
use clap::{Parser, Subcommand};
use piece::Piece;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Composes and synthesises the starter album.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Folder the OGG files are written to.
    #[arg(long, default_value = "assets/music")]
    out: PathBuf,
    /// Only the pieces whose file name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// How many pieces are made at the same time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

#[derive(Subcommand)]
enum Command {
    /// Prints a table of what the finished files measure.
    Measure {
        /// Folder of OGG files.
        #[arg(default_value = "assets/music")]
        folder: PathBuf,
    },
    /// Prints size and audible noise of the pieces at each quality of the encoder.
    Qualities,
}

/// Makes one piece from its table to its file.
fn make(piece: &Piece, folder: &Path) -> Result<()> {
    let plan = form::Plan::new(piece);
    let mixed = mix::mix(piece, &plan);
    let done = encode::finish(&mixed, piece)?;
    encode::write(&folder.join(format!("{}.ogg", piece.slug)), &done.bytes, piece)?;
    println!(
        "{}: {:.0} s, {} kB at quality {:.2}, noise to mask {:.1} dB",
        piece.slug,
        plan.seconds(),
        done.bytes.len() / 1000,
        done.quality,
        done.fidelity.nmr
    );
    Ok(())
}

/// Prints what a piece would be at every quality.
fn weigh(piece: &Piece) -> Result<()> {
    let mixed = mix::mix(piece, &form::Plan::new(piece));
    for done in encode::ladder(&mixed, piece)? {
        println!(
            "{:40} quality {:.2} {:5} kB, noise to mask {:6.1} dB, disturbed frames {:5.1} %, SNR {:4.1} dB",
            piece.slug,
            done.quality,
            done.bytes.len() / 1000,
            done.fidelity.nmr,
            100.0 * done.fidelity.disturbed,
            done.fidelity.snr
        );
    }
    Ok(())
}

/// Does something with each piece, `jobs` at a time.
fn each(pieces: &[&Piece], jobs: usize, work: impl Fn(&Piece) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1))
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                        work(piece)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|w| w.join().expect("a worker"))
    })
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let pieces: Vec<&Piece> = pieces::all().filter(|p| p.slug.contains(&arguments.only)).collect();
    match arguments.command {
        Some(Command::Measure { folder }) => measure::report(&folder),
        Some(Command::Qualities) => each(&pieces, arguments.jobs, weigh),
        None => {
            std::fs::create_dir_all(&arguments.out)?;
            each(&pieces, arguments.jobs, |piece| make(piece, &arguments.out))
        }
    }
}
