//! The faces of the newest reading become lights.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::lights::{PeopleLights, VisiblePerson};
use crate::emotion::Circumplex;
use crate::foundation::FrameStage;
use crate::mood::Mood;
use crate::vision::perception::{ReadFace, Reading};
use crate::visuals::inputs::{MoodInput, frame_seconds};
use crate::visuals::scene::AdvanceScenes;

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_message::<Reading>().add_systems(
        Update,
        update_people_lights
            .in_set(FrameStage::Present)
            .before(AdvanceScenes)
            .run_if(resource_exists::<PeopleLights>),
    );
}

/// Who is in view, and the mood of the group.
#[derive(SystemParam)]
struct PeopleSources<'w, 's> {
    readings: MessageReader<'w, 's, Reading>,
    circumplex: Option<Res<'w, Circumplex>>,
    mood: Res<'w, Mood>,
}

fn update_people_lights(mut lights: ResMut<PeopleLights>, mut sources: PeopleSources, time: Res<Time>) {
    if let (Some(reading), Some(circumplex)) = (sources.readings.read().last(), &sources.circumplex) {
        let people: Vec<VisiblePerson> =
            reading.faces.iter().map(|face| person(face, reading.frame_size, circumplex)).collect();
        lights.show(&people);
    }
    lights.advance(MoodInput::of_group(&sources.mood).as_ref(), frame_seconds(time.delta()));
}

/// A face as in a mirror: what is on the left of the room is on the left of the picture.
fn person(read: &ReadFace, [width, height]: [u32; 2], circumplex: &Circumplex) -> VisiblePerson {
    let (width, height) = (width.max(1) as f32, height.max(1) as f32);
    let [x, y] = read.face.bounds.centre();
    let affect = circumplex.affect(&read.probabilities);
    let doubt = if read.quality.poor.is_some() { 1.0 } else { read.abstain };
    VisiblePerson {
        id: read.id,
        x: 1.0 - 2.0 * x / width,
        y: 1.0 - 2.0 * y / height,
        size: read.face.bounds.height / height,
        mood: MoodInput {
            valence: affect.valence,
            arousal: affect.arousal,
            certainty: 1.0 - doubt,
            dispersion: 0.0,
            probabilities: read.probabilities,
        },
    }
}
