//! People who pose, read as a live run reads them: detector, network and mood over time.
//!
//! Each person first rests, then shows one expression after the other with a rest in between. The pictures stand
//! still, and time is virtual, so the result does not depend on the machine.

use std::time::Duration;

use super::metrics::{LabelledPrediction, Prediction};
use crate::emotion::{Circumplex, Emotion};
use crate::frame::Frame;
use crate::inference::ModelError;
use crate::mood::{MoodEstimator, MoodSettings, MoodState};
use crate::vision::perception::FaceReader;

/// How long each picture is shown.
const FIRST_REST: Duration = Duration::from_secs(8);
const POSE: Duration = Duration::from_secs(6);
const REST_BETWEEN: Duration = Duration::from_secs(4);
/// From one frame to the next.
const FRAME: Duration = Duration::from_millis(100);
/// A mood may outlast its expression by this much.
const LINGER: Duration = Duration::from_millis(2_500);

/// What the screen says is compared with the truth from this long after the picture changed, this often.
const SETTLED: Duration = Duration::from_secs(2);
const EVERY: usize = 5;

/// What one person was read as.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionResult {
    pub poses: Vec<PosedExpressionResult>,
    /// The first one, and one after each pose.
    pub rests: Vec<NeutralResult>,
    /// What the screen said: the fast mood and its probability, each half second from 2 s after a picture changed.
    pub said: Vec<LabelledPrediction>,
}

/// What one pose was read as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PosedExpressionResult {
    pub truth: Emotion,
    /// When the fast mood became this emotion, from the beginning of the pose.
    pub answered_after: Option<Duration>,
    /// The fast mood at the end of the pose.
    pub read_as: Option<Emotion>,
    /// The fast mood became angry.
    pub became_angry: bool,
    /// A face was found in some frame of it.
    pub face_found: bool,
}

/// What one rest was read as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeutralResult {
    /// The fast mood at its end.
    pub read_as: Option<Emotion>,
    /// The fast mood was angry, later than 2.5 s after the pose before.
    pub was_angry: bool,
    /// A face was found in some frame of it.
    pub face_found: bool,
}

/// How somebody was read who showed no expression.
#[derive(Debug, Clone, PartialEq)]
pub struct CalmResult {
    pub time: Duration,
    /// How often the fast mood became another one.
    pub changes: usize,
    /// How long it was each emotion, in the order of [`Emotion::ALL`].
    pub as_emotion: [Duration; 7],
}

/// One person in front of the virtual camera.
pub struct PosedSequence<'a> {
    reader: &'a mut FaceReader,
    estimator: MoodEstimator,
    now: Duration,
}

/// The fast mood while one picture was shown, frame by frame.
struct PictureMoods {
    moods: Vec<(Duration, Option<Emotion>)>,
    /// The probability of each.
    probabilities: Vec<f32>,
    face_found: bool,
}

impl<'a> PosedSequence<'a> {
    /// A new person: neither reader nor mood knows anybody.
    #[must_use]
    pub fn new(reader: &'a mut FaceReader, mood: &MoodSettings, circumplex: Circumplex) -> Self {
        reader.forget_faces();
        Self { reader, estimator: MoodEstimator::new(mood, circumplex), now: Duration::ZERO }
    }

    /// Shows the person at rest and with each expression.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn run(mut self, rest: &Frame, poses: &[(Emotion, Frame)]) -> Result<SessionResult, ModelError> {
        let first = self.show(rest, FIRST_REST)?;
        let mut said: Vec<_> = first.said(Emotion::Neutral).collect();
        let mut rests = vec![first.as_rest(Duration::ZERO)];
        let mut results = Vec::with_capacity(poses.len());
        for (truth, picture) in poses {
            let pose = self.show(picture, POSE)?;
            said.extend(pose.said(*truth));
            results.push(pose.as_pose(*truth));
            let after = self.show(rest, REST_BETWEEN)?;
            said.extend(after.said(Emotion::Neutral));
            rests.push(after.as_rest(LINGER));
        }
        Ok(SessionResult { poses: results, rests, said })
    }

    fn show(&mut self, picture: &Frame, how_long: Duration) -> Result<PictureMoods, ModelError> {
        let begin = self.now;
        let mut shown = PictureMoods { moods: Vec::new(), probabilities: Vec::new(), face_found: false };
        while self.now < begin + how_long {
            let (mood, face_found) = self.look(picture)?;
            shown.face_found |= face_found;
            shown.moods.push((self.now.saturating_sub(begin), mood.emotion));
            shown.probabilities.push(mood.probability);
            self.now += FRAME;
        }
        Ok(shown)
    }

    /// The fast mood after one more frame, and whether there was a face in it.
    fn look(&mut self, picture: &Frame) -> Result<(MoodState, bool), ModelError> {
        let reading = self.reader.watch(picture, self.now)?;
        self.estimator.read(&reading.evidence());
        self.estimator.advance(self.now);
        Ok((self.estimator.mood().fast, !reading.faces.is_empty()))
    }

    /// Shows frames in which the person only sits, talks and looks about, `interval` apart.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when a network cannot be run.
    pub fn watch_calm(mut self, frames: &[Frame], interval: Duration) -> Result<CalmResult, ModelError> {
        let mut moods = Vec::with_capacity(frames.len());
        for frame in frames {
            moods.push(self.look(frame)?.0.emotion);
            self.now += interval;
        }
        Ok(CalmResult::of(&moods, interval))
    }
}

impl CalmResult {
    /// From the fast mood in each frame. The first mood is no change.
    fn of(moods: &[Option<Emotion>], interval: Duration) -> Self {
        let count = |is: &dyn Fn(Option<Emotion>) -> bool| {
            u32::try_from(moods.iter().filter(|mood| is(**mood)).count()).unwrap_or(u32::MAX)
        };
        let found: Vec<Emotion> = moods.iter().flatten().copied().collect();
        Self {
            time: interval * count(&|_| true),
            changes: found.windows(2).filter(|pair| pair[0] != pair[1]).count(),
            as_emotion: Emotion::ALL.map(|emotion| interval * count(&|mood| mood == Some(emotion))),
        }
    }
}

impl PictureMoods {
    fn last(&self) -> Option<Emotion> {
        self.moods.last().and_then(|(_, emotion)| *emotion)
    }

    /// What was said of a person who showed `truth`, once the mood has had time to follow.
    fn said(&self, truth: Emotion) -> impl Iterator<Item = LabelledPrediction> {
        let settled = self.moods.iter().zip(&self.probabilities).skip_while(|((at, _), _)| *at < SETTLED);
        settled.step_by(EVERY).filter_map(move |((_, mood), probability)| {
            let prediction = Prediction::Face { top: (*mood)?, confidence: *probability, abstained: false };
            Some(LabelledPrediction { truth, prediction })
        })
    }

    fn as_pose(&self, truth: Emotion) -> PosedExpressionResult {
        let is = |emotion: Emotion| move |(_, now): &&(Duration, Option<Emotion>)| *now == Some(emotion);
        let was_angry_before = self.moods.first().is_some_and(|(_, now)| *now == Some(Emotion::Angry));
        PosedExpressionResult {
            truth,
            answered_after: self.moods.iter().find(is(truth)).map(|(at, _)| *at),
            read_as: self.last(),
            became_angry: !was_angry_before && self.moods.iter().any(|mood| is(Emotion::Angry)(&mood)),
            face_found: self.face_found,
        }
    }

    fn as_rest(&self, from: Duration) -> NeutralResult {
        let angry = |(at, now): &(Duration, Option<Emotion>)| *at >= from && *now == Some(Emotion::Angry);
        NeutralResult {
            read_as: self.last(),
            was_angry: self.moods.iter().any(angry),
            face_found: self.face_found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(moods: &[Option<Emotion>]) -> PictureMoods {
        let at = |index: usize| FRAME * u32::try_from(index).expect("few");
        let probabilities = vec![0.8; moods.len()];
        let moods = moods.iter().enumerate().map(|(index, mood)| (at(index), *mood)).collect();
        PictureMoods { moods, probabilities, face_found: true }
    }

    /// What is said while the mood still follows does not count, nor does a frame in which nothing is said.
    #[test]
    fn what_the_screen_says_counts_once_the_mood_had_time_to_follow() {
        let mut moods = [Some(Emotion::Neutral); 31];
        moods[25] = Some(Emotion::Happy);
        moods[30] = None;
        let said: Vec<_> = shown(&moods).said(Emotion::Happy).map(|answer| answer.prediction).collect();
        let answer = |top| Prediction::Face { top, confidence: 0.8, abstained: false };
        assert_eq!(said, [answer(Emotion::Neutral), answer(Emotion::Happy)]);
    }

    /// Two changes in five frames at five a second; the time before the first mood counts, its coming does not.
    #[test]
    fn changes_of_somebody_calm_are_counted() {
        let (neutral, happy) = (Some(Emotion::Neutral), Some(Emotion::Happy));
        let calm = CalmResult::of(&[None, neutral, happy, happy, neutral], Duration::from_millis(200));
        assert_eq!((calm.time, calm.changes), (Duration::from_secs(1), 2));
        let time = |emotion: Emotion| calm.as_emotion[emotion.index()].as_millis();
        assert_eq!([time(Emotion::Neutral), time(Emotion::Happy), time(Emotion::Angry)], [400, 400, 0]);
    }

    /// An answer counts from the frame in which the mood follows, even if it does not last.
    #[test]
    fn a_pose_is_answered_when_the_mood_follows() {
        let (happy, neutral) = (Some(Emotion::Happy), Some(Emotion::Neutral));
        let pose = shown(&[neutral, neutral, happy, neutral]).as_pose(Emotion::Happy);
        assert_eq!((pose.answered_after, pose.read_as), (Some(FRAME * 2), neutral));
        assert!(!pose.became_angry);
        let pose = shown(&[neutral, Some(Emotion::Angry)]).as_pose(Emotion::Sad);
        assert!(pose.became_angry && pose.answered_after.is_none());
    }

    /// Anger that is left from the pose before is none of the rest's.
    #[test]
    fn anger_at_rest_counts_only_after_a_while() {
        let angry = [Some(Emotion::Angry); 20];
        assert!(!shown(&angry).as_rest(LINGER).was_angry);
        assert!(shown(&angry).as_rest(Duration::ZERO).was_angry);
        assert!(shown(&[Some(Emotion::Angry); 40]).as_rest(LINGER).was_angry);
    }

    /// An empty picture is read as nobody, and nothing is answered.
    #[test]
    fn nobody_is_no_answer() {
        let (face, expression, perception) = Default::default();
        let mut reader = FaceReader::load(&face, &expression, &perception).expect("loads");
        let grey = Frame::new(64, 64, vec![128; 64 * 64 * 3], Duration::ZERO).expect("fits");
        let session =
            PosedSequence::new(&mut reader, &MoodSettings::default(), Circumplex::shipped().expect("valid"));
        let result = session.run(&grey, &[(Emotion::Happy, grey.clone())]).expect("runs");
        let [pose] = &result.poses[..] else { panic!("one pose") };
        assert_eq!((pose.answered_after, pose.read_as, pose.face_found), (None, None, false));
        assert_eq!(result.rests.len(), 2);
    }
}
