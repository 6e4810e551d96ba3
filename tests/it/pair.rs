//! Two visitors of the clip in one picture: two people, and the mood of both as computed by hand.

use std::time::Duration;

use attune::app::settings::Settings;
use attune::emotion::Emotion;
use attune::emotion::{Affect, Circumplex};
use attune::frame::Frame;
use attune::mood::{Mood, MoodEstimator, SeenFace};
use attune::vision::perception::{ReadFace, FaceReader};
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

/// Both side by side for ten seconds: the last reading and the mood.
fn watch_both() -> (Vec<ReadFace>, Mood) {
    let settings = Settings::shipped().expect("valid");
    let mut reader =
        FaceReader::load(&settings.face, &settings.expression, &settings.perception).expect("the networks load");
    let mut estimator = MoodEstimator::new(&settings.mood, Circumplex::shipped().expect("valid"));
    let [happy, sad] = frames([HAPPY, SAD]);
    let mut both = RgbImage::new(640, 240);
    overlay(&mut both, &happy, 0, 0);
    overlay(&mut both, &sad, 320, 0);
    let frame = Frame::new(640, 240, both.into_raw(), Duration::ZERO).expect("fits");
    let mut last = Vec::new();
    for tenth in 0..100 {
        let at = Duration::from_millis(tenth * 100);
        last = reader.watch(&frame, at).expect("the networks run").0;
        let seen: Vec<SeenFace> = last.iter().map(seen).collect();
        estimator.read(at, &seen);
        estimator.advance(at);
    }
    (last, estimator.mood())
}

fn seen(read: &ReadFace) -> SeenFace {
    SeenFace {
        id: read.id,
        probabilities: read.probabilities,
        area: read.face.bounds.area(),
        quality: read.quality,
        abstain: read.abstain,
    }
}

/// Area × quality × certainty, where certainty is `known · (max p − 1/7) / (6/7)`.
fn weight(read: &ReadFace) -> f32 {
    let certainty = (1.0 - read.abstain) * (read.probabilities.top().1 - 1.0 / 7.0) * 7.0 / 6.0;
    read.face.bounds.area() * read.quality.score * certainty
}

#[test]
fn two_visitors_are_two_people_with_the_mood_and_the_spread_of_a_hand_count() {
    let (faces, mood) = watch_both();
    let [a, b] = &faces[..] else { panic!("two faces, not {}", faces.len()) };
    assert_ne!(a.id, b.id);
    assert_eq!(mood.people, 2);
    let mut tops = [a.probabilities.top().0, b.probabilities.top().0];
    tops.sort();
    assert_eq!(tops, [Emotion::Happy, Emotion::Sad]);

    let share = weight(a) / (weight(a) + weight(b));
    for emotion in Emotion::ALL {
        let by_hand = share * a.probabilities.of(emotion) + (1.0 - share) * b.probabilities.of(emotion);
        let got = mood.fast.probabilities.of(emotion);
        assert!((got - by_hand).abs() < 0.05, "{emotion}: {got} instead of {by_hand}");
    }
    // Two points of weights w and 1 − w spread by √(w (1 − w)) of their distance.
    let table = Circumplex::shipped().expect("valid");
    let (a, b): (Affect, Affect) = (table.affect(&a.probabilities), table.affect(&b.probabilities));
    let distance = (a.valence - b.valence).hypot(a.arousal - b.arousal);
    let by_hand = (share * (1.0 - share)).sqrt() * distance;
    assert!(by_hand > 0.3, "they differ plainly: {by_hand}");
    assert!((mood.dispersion - by_hand).abs() < 0.05, "{} instead of {by_hand}", mood.dispersion);
}
