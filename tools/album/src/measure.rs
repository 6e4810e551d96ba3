//! The report: what the finished files measure, read back from the OGGs themselves.

use crate::encode::{decode, read_comments};
use crate::level::{loudness, true_peak};
use crate::synth::dsp::{Frame, RATE};
use anyhow::{Context, Result};
use realfft::RealFftPlanner;
use std::path::Path;

/// Frame of the analysis and its hop, samples.
const FRAME: usize = 2048;
const HOP: usize = 512;

/// What is measured of a file.
pub struct Figures {
    /// Mean spectral centroid, Hz, each frame weighted by its energy's root.
    pub centroid: f32,
    /// Onsets per second by spectral flux.
    pub onsets: f32,
    /// Tempo estimate, beats per minute, by autocorrelation of the flux.
    pub tempo: f32,
    pub lufs: f32,
    pub peak: f32,
    pub seconds: f32,
    /// Level of the quietest 50 ms, dBFS (RMS).
    pub quietest: f32,
    /// Seconds until, and after, the sound is above −60 dBFS.
    pub edges: (f32, f32),
    /// Mean of the samples, both channels.
    pub dc: f32,
    /// Step from the last sample to the first, as the loop has it.
    pub seam: f32,
}

/// Magnitude spectra of the mono sum under a Hann window.
fn spectra(frames: &[Frame]) -> Vec<Vec<f32>> {
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FRAME);
    let window: Vec<f32> =
        (0..FRAME).map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / FRAME as f32).cos()).collect();
    let mut spectrum = fft.make_output_vec();
    frames
        .windows(FRAME)
        .step_by(HOP)
        .map(|block| {
            let mut input: Vec<f32> =
                block.iter().zip(&window).map(|(f, w)| (f[0] + f[1]) * 0.5 * w).collect();
            fft.process(&mut input, &mut spectrum).expect("lengths fit");
            spectrum.iter().map(|c| c.norm()).collect()
        })
        .collect()
}

/// The centroid Σ f·|X| / Σ |X|, averaged with the frames' own magnitudes as weights.
fn centroid(spectra: &[Vec<f32>]) -> f32 {
    let (mut top, mut bottom) = (0.0f64, 0.0f64);
    for spectrum in spectra {
        for (bin, magnitude) in spectrum.iter().enumerate() {
            top += bin as f64 * *magnitude as f64;
            bottom += *magnitude as f64;
        }
    }
    (top / bottom.max(1e-12)) as f32 * RATE / FRAME as f32
}

/// Half-wave rectified growth of the log spectrum, frame by frame (Bello et al. 2005).
fn flux(spectra: &[Vec<f32>]) -> Vec<f32> {
    let log = |s: &Vec<f32>| s.iter().map(|m| (1.0 + 10.0 * m).ln()).collect::<Vec<_>>();
    let logs: Vec<Vec<f32>> = spectra.iter().map(log).collect();
    let mut out = vec![0.0];
    for pair in logs.windows(2) {
        out.push(pair[1].iter().zip(&pair[0]).map(|(b, a)| (b - a).max(0.0)).sum());
    }
    out
}

/// Peaks of the flux that stand clear of their surroundings, per second.
fn onsets(flux: &[f32]) -> f32 {
    let mut count = 0;
    let mut last = 0;
    for i in 3..flux.len().saturating_sub(3) {
        let around = &flux[i.saturating_sub(20)..(i + 20).min(flux.len())];
        let mean = around.iter().sum::<f32>() / around.len() as f32;
        let local = flux[i - 3..=i + 3].iter().all(|&f| f <= flux[i]);
        if local && flux[i] > 1.35 * mean + 12.0 && i >= last + 4 {
            count += 1;
            last = i;
        }
    }
    count as f32 / (flux.len() as f32 * HOP as f32 / RATE)
}

/// The lag between 55 and 160 BPM at which the flux is most like itself, helped by its double
/// and half so that a bar is not taken for a beat.
fn tempo(flux: &[f32]) -> f32 {
    let mean = flux.iter().sum::<f32>() / flux.len() as f32;
    let x: Vec<f32> = flux.iter().map(|f| f - mean).collect();
    let rate = RATE / HOP as f32;
    let at = |lag: f32| -> f32 {
        let whole = lag.round() as usize;
        x.iter().zip(&x[whole.min(x.len())..]).map(|(a, b)| a * b).sum::<f32>()
    };
    let score = |bpm: f32| {
        let lag = rate * 60.0 / bpm;
        at(lag) + 0.5 * at(lag * 2.0) + 0.5 * at(lag * 4.0)
    };
    // Of a tempo and its half, listeners take the one nearer a walk (van Noorden & Moelants 1999).
    let taste = |bpm: f32| (-0.5 * ((bpm / 112.0).log2() / 0.7).powi(2)).exp();
    (220..=640)
        .map(|quarter| quarter as f32 / 4.0)
        .max_by(|a, b| (score(*a) * taste(*a)).total_cmp(&(score(*b) * taste(*b))))
        .unwrap_or(0.0)
}

/// RMS level of each 50 ms in dBFS.
fn levels(frames: &[Frame]) -> Vec<f32> {
    frames
        .chunks((0.05 * RATE) as usize)
        .map(|block| {
            let power: f32 =
                block.iter().map(|f| f[0] * f[0] + f[1] * f[1]).sum::<f32>() / (2 * block.len()) as f32;
            10.0 * power.max(1e-14).log10()
        })
        .collect()
}

/// Seconds before the first and after the last sample above −60 dBFS.
fn edges(frames: &[Frame]) -> (f32, f32) {
    let loud = |f: &Frame| f[0].abs().max(f[1].abs()) > 0.001;
    let first = frames.iter().position(loud).unwrap_or(frames.len());
    let last = frames.iter().rev().position(loud).unwrap_or(frames.len());
    (first as f32 / RATE, last as f32 / RATE)
}

/// Measures decoded samples.
pub fn figures(frames: &[Frame]) -> Figures {
    let spectra = spectra(frames);
    let flux = flux(&spectra);
    Figures {
        centroid: centroid(&spectra),
        onsets: onsets(&flux),
        tempo: tempo(&flux),
        lufs: loudness(frames),
        peak: true_peak(frames),
        seconds: frames.len() as f32 / RATE,
        quietest: levels(frames).into_iter().fold(f32::MAX, f32::min),
        edges: edges(frames),
        seam: (0..2).map(|c| (frames[0][c] - frames[frames.len() - 1][c]).abs()).fold(0.0, f32::max),
        dc: frames.iter().flatten().sum::<f32>() / (2 * frames.len()) as f32,
    }
}

/// Prints a Markdown table of every OGG in `folder`, and the total size.
pub fn report(folder: &Path) -> Result<()> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "ogg"))
        .collect();
    paths.sort();
    println!(
        "| Title | Mood | BPM | Found BPM | Key | Mode | Centroid Hz | Onsets/s | LUFS | True peak dBTP | Quietest 50 ms dBFS | Seconds |"
    );
    println!("|---|---|--:|--:|---|---|--:|--:|--:|--:|--:|--:|");
    let mut size = 0;
    for path in &paths {
        let bytes = std::fs::read(path)?;
        size += bytes.len();
        let tag = read_comments(path)?;
        let f = figures(&decode(&bytes)?);
        println!(
            "| {} | {} | {} | {:.0} | {} | {} | {:.0} | {:.1} | {:.2} | {:.2} | {:.0} | {:.1} |",
            tag("TITLE"),
            tag("MOOD"),
            tag("BPM"),
            f.tempo,
            tag("INITIALKEY"),
            tag("MODE"),
            f.centroid,
            f.onsets,
            f.lufs,
            f.peak,
            f.quietest,
            f.seconds
        );
        complain(path, &f);
    }
    println!("\n{} files, {:.1} MB.", paths.len(), size as f32 / 1e6);
    Ok(())
}

/// Says on standard error which of the album's rules a file breaks.
fn complain(path: &Path, f: &Figures) {
    let rules = [
        ((f.lufs + 16.0).abs() <= 0.3, "loudness is off"),
        (f.peak <= -1.5, "true peak is over −1.5 dBTP"),
        (f.quietest > -60.0, "a gap lies below −60 dBFS"),
        (f.edges.0 <= 0.05 && f.edges.1 <= 0.05, "silence at an edge"),
        (f.dc.abs() < 1e-3, "DC"),
        (f.seam < 0.1, "a step where the end meets the start"),
        ((90.0..=240.0).contains(&f.seconds), "length is outside 90 to 240 s"),
    ];
    for (_, complaint) in rules.iter().filter(|r| !r.0) {
        eprintln!("{}: {complaint}", path.display());
    }
}
