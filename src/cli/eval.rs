//! `attune eval`: measures how well expressions are read, on labelled pictures.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use cpu_time::ThreadTime;
use indicatif::ProgressBar;
use serde::Serialize;

use super::args::SettingsArgs;
use super::print::print_line;
use super::setup::configure;
use crate::app::settings::Settings;
use crate::app::terminal::progress_bar;
use crate::emotion::{Circumplex, Emotion};
use crate::eval::{
    CalmPerson, CalmScores, EvalError, EvaluationScores, Evaluator, EvaluatorSettings, LabelledFolder,
    LabelledPrediction, PeopleScores, PersonGroups, PosedSequence, PosingPeople, Prediction, draw,
};
use crate::foundation::{Folders, check_output_file, tell, write_output_file};
use crate::frame::{Frame, PictureError, read_image};
use crate::inference::ModelError;
use crate::sense::camera::CameraSettings;
use crate::vision::perception::FaceReader;

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, Clone, Args)]
pub(super) struct EvalArgs {
    /// A folder of folders: DIR/EMOTION/*.png, .jpg, .jpeg or .webp, where EMOTION is angry, disgust, fear, happy,
    /// sad, surprise or neutral (or anger, happiness and the like). With --people or --rest: DIR/PERSON/EMOTION/*,
    /// or a CSV file with the columns file, person and emotion. With --calm: DIR/PERSON/*.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The pictures are cropped faces: no face is searched, and the whole picture is read, without a margin.
    #[arg(long)]
    cropped: bool,
    /// Let each person rest and pose in front of a virtual camera, and measure the mood as a live run does.
    #[arg(long, conflicts_with_all = ["cropped", "rest", "plot"])]
    people: bool,
    /// DIR/PERSON/* are frames, in the order of their names, of people who only sit, talk and look about: play them
    /// before a virtual camera, and count the changes of the mood.
    #[arg(long, conflicts_with_all = ["cropped", "rest", "plot", "people"])]
    calm: bool,
    /// Frames a second with --calm.
    #[arg(long, value_name = "NUMBER", default_value = "5", requires = "calm", value_parser = frame_rate)]
    rate: f64,
    /// Read each picture relative to the neutral one of the same person.
    #[arg(long)]
    rest: bool,
    /// A CSV file whose first column is the person: measure each group of its other columns. Needs --people.
    #[arg(long, value_name = "FILE", requires = "people")]
    groups: Option<PathBuf>,
    /// Use this network instead of those in the settings; repeat it for the mean of several.
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// A folder of networks with their manifests, in addition to the built-in ones.
    #[arg(long = "models", value_name = "DIR")]
    models_folder: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// From this probability of "none of the seven" on, a face counts as not answered.
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = share)]
    abstain_at: f32,
    /// Write the results as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Plot confusion matrix and reliability diagram as PNG.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value > 0.0 && value <= 1.0 => Ok(value),
        _ => Err("expected a share above 0, at most 1".into()),
    }
}

fn frame_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (1.0..=60.0).contains(&value) => Ok(value),
        _ => Err("expected 1 to 60 frames a second".into()),
    }
}

/// The results, as `--json` writes them.
#[derive(Debug, Serialize)]
struct Evaluation {
    #[serde(flatten)]
    scores: EvaluationScores,
    /// CPU time for finding and reading the face of one picture, without decoding the file, in milliseconds.
    ms_per_image: f64,
    unreadable: Vec<UndecodablePicture>,
    models: Vec<String>,
}

/// A file that could not be read.
#[derive(Debug, Serialize)]
struct UndecodablePicture {
    file: PathBuf,
    reason: String,
}

pub(super) fn eval(args: &EvalArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let settings = settings(args, folders)?;
    for file in [&args.json, &args.plot].into_iter().flatten() {
        check_output_file(file)?;
    }
    if args.people {
        return eval_people(args, &settings);
    }
    if args.calm {
        return eval_calm(args, &settings);
    }
    let evaluator = evaluator(args, &settings)?;
    let evaluation = if args.rest {
        let people = list_people(&args.folder)?;
        evaluate_relative(&people, &evaluator, settings, &args.folder)?
    } else {
        let collection = LabelledFolder::list(&args.folder)?;
        tell_skipped(&collection.skipped);
        evaluate(&collection, &evaluator, settings, &args.folder)?
    };
    let title = title(&evaluation, args.cropped);
    write_json(args.json.as_deref(), &evaluation)?;
    if let Some(file) = &args.plot {
        draw(&evaluation.scores, &title, file)?;
    }
    print_line!("{title}\n\n{}", table(&evaluation))?;
    Ok(ExitCode::SUCCESS)
}

fn tell_skipped(skipped: &[(PathBuf, String)]) {
    for (path, reason) in skipped {
        tell!("attune: {}: skipped: {reason}", path.display());
    }
}

fn list_people(path: &Path) -> Result<PosingPeople, EvalError> {
    let people = PosingPeople::list(path)?;
    tell_skipped(&people.skipped);
    Ok(people)
}

fn write_json(file: Option<&Path>, results: &impl Serialize) -> anyhow::Result<()> {
    let Some(file) = file else { return Ok(()) };
    let text = serde_json::to_string_pretty(results)?;
    write_output_file(file, (text + "\n").as_bytes()).context("--json")
}

/// The results of `--people`, as `--json` writes them.
#[derive(Debug, Serialize)]
struct PeopleEvaluation {
    #[serde(flatten)]
    scores: PeopleScores,
    unreadable: Vec<UndecodablePicture>,
    models: Vec<String>,
}

fn eval_people(args: &EvalArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let groups = args.groups.as_deref().map(PersonGroups::read).transpose()?.unwrap_or_default();
    let people = list_people(&args.folder)?;
    let mut reader = FaceReader::load(&settings.face, &settings.expression, &settings.perception)?;
    let circumplex = Circumplex::shipped()?;
    let mut pictures = Pictures::new(&settings.camera, people.people.len(), "people");
    let mut results = Vec::new();
    for person in &people.people {
        let rest = person.rest().and_then(|picture| pictures.load(&picture.file));
        let poses: Vec<_> = person
            .poses()
            .filter_map(|picture| Some((picture.truth, pictures.load(&picture.file)?)))
            .collect();
        if let Some(rest) = rest {
            let session = PosedSequence::new(&mut reader, &settings.mood, circumplex.clone());
            results.push((person.name.clone(), session.run(&rest, &poses)?));
        }
        pictures.bar.inc(1);
    }
    let unreadable = pictures.finish(&args.folder, results.is_empty())?;
    let models = settings.expression.networks.clone();
    let evaluation = PeopleEvaluation { scores: PeopleScores::of(&results, &groups), unreadable, models };
    let (scores, models) = (&evaluation.scores, evaluation.models.join(" + "));
    print_line!("{} people · {models}\n\n{}", scores.people, scores.table())?;
    write_json(args.json.as_deref(), &evaluation)?;
    Ok(ExitCode::SUCCESS)
}

/// The results of `--calm`, as `--json` writes them.
#[derive(Debug, Serialize)]
struct CalmEvaluation {
    #[serde(flatten)]
    scores: CalmScores,
    unreadable: Vec<UndecodablePicture>,
    models: Vec<String>,
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn eval_calm(args: &EvalArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let people = CalmPerson::list(&args.folder)?;
    let mut reader = FaceReader::load(&settings.face, &settings.expression, &settings.perception)?;
    let circumplex = Circumplex::shipped()?;
    let mut pictures = Pictures::new(&settings.camera, people.len(), "people");
    let mut results = Vec::new();
    for person in &people {
        let frames: Vec<Frame> = person.frames.iter().filter_map(|file| pictures.load(file)).collect();
        if !frames.is_empty() {
            let session = PosedSequence::new(&mut reader, &settings.mood, circumplex.clone());
            results.push(session.watch_calm(&frames, Duration::from_secs_f64(1.0 / args.rate))?);
        }
        pictures.bar.inc(1);
    }
    let unreadable = pictures.finish(&args.folder, results.is_empty())?;
    let models = settings.expression.networks.clone();
    let evaluation = CalmEvaluation { scores: CalmScores::of(&results), unreadable, models };
    let (scores, models) = (&evaluation.scores, evaluation.models.join(" + "));
    println!("{} people, {:.1} min · {models}\n\n{}", scores.people, scores.minutes, scores.table());
    write_json(args.json.as_deref(), &evaluation)?;
    Ok(ExitCode::SUCCESS)
}

/// Pictures that are loaded one by one, with a progress bar and a list of those that cannot be read.
struct Pictures<'a> {
    settings: &'a CameraSettings,
    bar: ProgressBar,
    unreadable: Vec<UndecodablePicture>,
}

impl<'a> Pictures<'a> {
    fn new(settings: &'a CameraSettings, count: usize, what: &str) -> Self {
        let template = format!("{{bar:30}} {{pos}} of {{len}} {what}, {{eta}} left");
        Self { settings, bar: progress_bar(Some(count as u64), &template), unreadable: Vec::new() }
    }

    fn load(&mut self, file: &Path) -> Option<Frame> {
        load(file, self.settings)
            .map_err(|error| {
                let reason = error.to_string();
                self.bar.suspend(|| tell!("attune: {}: {reason}", file.display()));
                self.unreadable.push(UndecodablePicture { file: file.to_owned(), reason });
            })
            .ok()
    }

    /// The pictures that could not be read; an error if no other was.
    fn finish(self, folder: &Path, nothing: bool) -> Result<Vec<UndecodablePicture>, EvalError> {
        self.bar.finish_and_clear();
        match self.unreadable.first() {
            Some(first) if nothing => Err(EvalError::AllUnreadable {
                folder: folder.to_owned(),
                count: self.unreadable.len(),
                first: first.file.clone(),
                reason: first.reason.clone(),
            }),
            _ => Ok(self.unreadable),
        }
    }
}

fn settings(args: &EvalArgs, folders: &Folders) -> anyhow::Result<Settings> {
    let configured = configure(&args.settings, folders)?;
    if let Some(complaint) = configured.complaint {
        tell!("attune: {complaint}");
    }
    let mut settings = configured.settings;
    if let Some(folder) = &args.models_folder {
        settings.perception.models_folder = folder.display().to_string();
    }
    if !args.models.is_empty() {
        settings.expression.networks.clone_from(&args.models);
        if args.models.len() == 1 {
            // Sharpness compensates for the averaging; a single network is calibrated by its manifest.
            settings.expression.sharpness = 1.0;
        }
    }
    Ok(settings)
}

fn evaluator(args: &EvalArgs, settings: &Settings) -> Result<Evaluator, ModelError> {
    let settings = EvaluatorSettings {
        face: &settings.face,
        expression: &settings.expression,
        perception: &settings.perception,
        abstain_at: args.abstain_at,
    };
    if args.cropped { Evaluator::cropped(settings) } else { Evaluator::detecting(settings) }
}

fn evaluate(
    collection: &LabelledFolder,
    evaluator: &Evaluator,
    settings: Settings,
    folder: &Path,
) -> anyhow::Result<Evaluation> {
    let mut predictions = Vec::with_capacity(collection.pictures.len());
    let mut spent = Duration::ZERO;
    let mut pictures = Pictures::new(&settings.camera, collection.pictures.len(), "pictures");
    for picture in &collection.pictures {
        if let Some(frame) = pictures.load(&picture.file) {
            let (prediction, cpu) = evaluator.predict(&frame)?;
            spent += cpu;
            predictions.push(LabelledPrediction { truth: picture.truth, prediction });
        }
        pictures.bar.inc(1);
    }
    let unreadable = pictures.finish(folder, predictions.is_empty())?;
    Ok(evaluation(&predictions, spent, unreadable, settings))
}

/// Reads each picture relative to its person's neutral one, which is not scored itself.
fn evaluate_relative(
    people: &PosingPeople,
    evaluator: &Evaluator,
    settings: Settings,
    folder: &Path,
) -> anyhow::Result<Evaluation> {
    let (mut predictions, began) = (Vec::new(), ThreadTime::try_now().ok());
    let mut pictures = Pictures::new(&settings.camera, people.people.len(), "people");
    for person in &people.people {
        let rest = person.rest().and_then(|picture| pictures.load(&picture.file));
        let rest = rest.map(|frame| evaluator.expression(&frame)).transpose()?.flatten();
        for picture in person.poses() {
            let Some(frame) = pictures.load(&picture.file) else { continue };
            let prediction = match &rest {
                Some(rest) => evaluator.predict_relative(&frame, rest, &settings.mood.rest)?,
                None => Prediction::NoFace,
            };
            predictions.push(LabelledPrediction { truth: picture.truth, prediction });
        }
        pictures.bar.inc(1);
    }
    let unreadable = pictures.finish(folder, predictions.is_empty())?;
    let spent = began.and_then(|began| began.try_elapsed().ok()).unwrap_or_default();
    Ok(evaluation(&predictions, spent, unreadable, settings))
}

fn evaluation(
    predictions: &[LabelledPrediction],
    spent: Duration,
    unreadable: Vec<UndecodablePicture>,
    settings: Settings,
) -> Evaluation {
    Evaluation {
        scores: EvaluationScores::of(predictions),
        ms_per_image: spent.as_secs_f64() * 1_000.0 / predictions.len().max(1) as f64,
        unreadable,
        models: settings.expression.networks,
    }
}

fn load(file: &Path, settings: &CameraSettings) -> Result<Frame, PictureError> {
    let most_pixels = u64::from(settings.megapixels) * 1_000_000;
    let image = read_image(file, most_pixels, settings.longest_side)?;
    Frame::new(image.width(), image.height(), image.into_raw(), Duration::ZERO).ok_or(PictureError::NoPixels)
}

/// "3529 pictures · one + other · accuracy 74.6 % · macro-F1 0.651"
fn title(evaluation: &Evaluation, cropped: bool) -> String {
    let Evaluation { scores, models, .. } = evaluation;
    let what = if cropped { "faces, cropped" } else { "pictures" };
    format!(
        "{} {what} · {} · accuracy {:.1} % · macro-F1 {:.3}",
        scores.n,
        models.join(" + "),
        scores.accuracy * 100.0,
        scores.macro_f1
    )
}

fn table(evaluation: &Evaluation) -> String {
    let scores = &evaluation.scores;
    let known = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
    let lines = [
        ("accuracy", format!("{:.3}", scores.accuracy)),
        ("accuracy, answered", known(scores.accuracy_answered)),
        ("macro-F1", format!("{:.3}", scores.macro_f1)),
        ("calibration error", known(scores.ece)),
        ("without a face", format!("{:.1} %", scores.no_face * 100.0)),
        ("abstained", format!("{:.1} %", scores.abstained * 100.0)),
        ("time per picture", format!("{:.1} ms of CPU", evaluation.ms_per_image)),
        ("unreadable files", evaluation.unreadable.len().to_string()),
    ];
    let mut text = lines.map(|(what, value)| format!("{what:<19} {value}\n")).concat();
    text += "\n          precision  recall     F1  pictures\n";
    for (emotion, class) in scores.per_class.iter() {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{:<9} {:>9.3} {:>7.3} {:>6.3} {:>9}",
            emotion.name(),
            class.precision,
            class.recall,
            class.f1,
            class.support
        );
    }
    text + &confusion(scores)
}

/// Rows are the labels, columns the predictions.
fn confusion(scores: &EvaluationScores) -> String {
    let mut text = "\nread as →".to_owned();
    for name in Emotion::ALL.map(Emotion::name).into_iter().chain(["no face"]) {
        let _ = write!(text, " {name:>8}");
    }
    for (emotion, row) in scores.confusion.iter() {
        let _ = write!(text, "\n{:<9}", emotion.name());
        for count in row.read_as.0.into_iter().chain([row.no_face]) {
            let _ = write!(text, " {count:>8}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_pictures() -> Evaluation {
        let prediction = Prediction::Face { top: Emotion::Happy, confidence: 0.9, abstained: false };
        let predictions = [
            LabelledPrediction { truth: Emotion::Happy, prediction },
            LabelledPrediction { truth: Emotion::Sad, prediction: Prediction::NoFace },
        ];
        Evaluation {
            scores: EvaluationScores::of(&predictions),
            ms_per_image: 8.04,
            unreadable: Vec::new(),
            models: vec!["one".into(), "other".into()],
        }
    }

    #[test]
    fn the_title_says_what_was_measured() {
        let words = title(&two_pictures(), true);
        assert_eq!(words, "2 faces, cropped · one + other · accuracy 50.0 % · macro-F1 0.500");
    }

    #[test]
    fn the_table_holds_every_figure_and_its_columns_line_up() {
        let text = table(&two_pictures());
        for part in ["accuracy            0.500", "answered  1.000", "50.0 %", "8.0 ms of CPU"] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
        let matrix: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("read as")).collect();
        assert_eq!(matrix.len(), 8);
        let width = matrix[0].chars().count();
        assert!(matrix.iter().all(|line| line.chars().count() == width), "{text}");
    }

    #[test]
    fn a_share_is_above_0_and_at_most_1() {
        assert_eq!(share("0.5"), Ok(0.5));
        for wrong in ["0", "1.1", "-1", "nan", "half"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
