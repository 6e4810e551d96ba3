//! Two visitors of the clip in one picture: two people, and the mood of both as computed by hand.

use std::time::Duration;

use attune::app::settings::Settings;
use attune::emotion::{Circumplex, Emotion};
use attune::frame::Frame;
use attune::mood::{MoodEstimator, PersonMood, SensedMood};
use attune::vision::perception::{FaceReader, ReadFace};
use image::codecs::webp::WebPDecoder;
use image::imageops::overlay;
use image::{AnimationDecoder as _, DynamicImage, RgbImage};

/// Mei is happy in the first of these frames, Kofi sad in the second.
const HAPPY: usize = 120;
const SAD: usize = 330;

fn frames(indices: [usize; 2]) -> [RgbImage; 2] {
    let clip = std::io::Cursor::new(
        std::fs::read("assets/demo/visitor.webp").expect("the clip is in the repository"),
    );
    let decoder = WebPDecoder::new(clip).expect("a WebP");
    let mut wanted = decoder.into_frames().enumerate().filter(|(index, _)| indices.contains(index));
    indices.map(|_| {
        let (_, frame) = wanted.next().expect("the clip is long enough");
        DynamicImage::ImageRgba8(frame.expect("a whole frame").into_buffer()).to_rgb8()
    })
}

/// What is known after ten seconds of both side by side.
struct Watched {
    faces: Vec<ReadFace>,
    people: Vec<PersonMood>,
    mood: SensedMood,
    in_view: usize,
}

fn watch_both() -> Watched {
    let settings = Settings::default();
    let mut reader = FaceReader::load(&settings.face, &settings.expression, &settings.perception)
        .expect("the networks load");
    let mut estimator = MoodEstimator::new(&settings.mood, Circumplex::shipped().expect("valid"));
    let [happy, sad] = frames([HAPPY, SAD]);
    let mut both = RgbImage::new(640, 240);
    overlay(&mut both, &happy, 0, 0);
    overlay(&mut both, &sad, 320, 0);
    let frame = Frame::new(640, 240, both.into_raw(), Duration::ZERO).expect("fits");
    let mut last = Vec::new();
    for tenth in 0..100 {
        let at = Duration::from_millis(tenth * 100);
        let reading = reader.watch(&frame, at).expect("the networks run");
        estimator.read(&reading.evidence());
        last = reading.faces;
        estimator.advance(at);
    }
    let people = estimator.people(Duration::from_millis(9_900)).0;
    Watched { faces: last, people, mood: estimator.mood(), in_view: estimator.people_in_view().len() }
}

/// Area × quality × confidence, where confidence is `known · (max p − 1/7) / (6/7)`, of a face and what
/// it shows relative to its person's rest.
fn weight(read: &ReadFace, person: &PersonMood) -> f32 {
    let confidence = (1.0 - read.abstain) * (person.current.top().1 - 1.0 / 7.0) * 7.0 / 6.0;
    read.face.bounds.area() * read.quality.score * confidence
}

#[test]
fn two_visitors_are_two_people_with_the_mood_and_the_spread_of_a_hand_count() {
    let Watched { faces, people, mood, in_view } = watch_both();
    let [one, other] = &faces[..] else { panic!("two faces, not {}", faces.len()) };
    assert_ne!(one.id, other.id);
    assert_eq!(in_view, 2);
    let of = |face: &ReadFace| *people.iter().find(|person| person.id.0 == face.id).expect("the same person");
    let (a, b) = (of(one), of(other));
    let mut tops = [a.current.top().0, b.current.top().0];
    tops.sort();
    assert_eq!(tops, [Emotion::Happy, Emotion::Sad]);

    let share = weight(one, &a) / (weight(one, &a) + weight(other, &b));
    for emotion in Emotion::ALL {
        let by_hand = share * a.current.of(emotion) + (1.0 - share) * b.current.of(emotion);
        let got = mood.fast.probabilities.of(emotion);
        assert!((got - by_hand).abs() < 0.05, "{emotion}: {got} instead of {by_hand}");
    }
    // Two points of weights w and 1 − w spread by √(w (1 − w)) of their distance.
    let distance = (a.affect.valence - b.affect.valence).hypot(a.affect.arousal - b.affect.arousal);
    let by_hand = (share * (1.0 - share)).sqrt() * distance;
    assert!(by_hand > 0.3, "they differ plainly: {by_hand}");
    assert!((mood.dispersion - by_hand).abs() < 0.05, "{} instead of {by_hand}", mood.dispersion);
}
