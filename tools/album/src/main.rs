//! Makes the starter album of Attune: composes, plays, mixes and encodes every piece.

mod compose;
mod encode;
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
}

/// Makes one piece from its table to its file.
fn make(piece: &Piece, folder: &Path) -> Result<()> {
    let plan = form::Plan::new(piece);
    let mixed = mix::mix(piece, &plan);
    let bytes = encode::finish(&mixed, piece)?;
    encode::write(&folder.join(format!("{}.ogg", piece.slug)), &bytes, piece)?;
    println!("{}: {:.0} s, {} kB", piece.slug, plan.seconds(), bytes.len() / 1000);
    Ok(())
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(Command::Measure { folder }) = arguments.command {
        return measure::report(&folder);
    }
    std::fs::create_dir_all(&arguments.out)?;
    let pieces: Vec<&Piece> = pieces::all().filter(|p| p.slug.contains(&arguments.only)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.jobs.max(1))
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                        make(piece, &arguments.out)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|w| w.join().expect("a worker"))
    })
}
