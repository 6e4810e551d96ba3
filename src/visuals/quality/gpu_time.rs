//! GPU time of a frame: two timestamp queries around it, read back some frames later, so that nothing waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bevy::prelude::*;
use bevy::render::render_resource::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor, MapMode, WgpuFeatures,
};
use bevy::render::renderer::{
    PendingCommandBuffers, RenderDevice, RenderGraph, RenderGraphSystems, RenderQueue,
};
use bevy::render::{GpuResourceAppExt as _, RenderApp};

/// Bytes of two timestamps.
const BYTES: u64 = 16;
/// Results that may be pending at once; a frame that finds no free slot is not measured.
const SLOTS: usize = 4;

/// GPU time of the last measured frame in milliseconds, and how many were measured. Clones share it.
#[derive(Resource, Clone, Default, Debug)]
pub(super) struct GpuTime(Arc<GpuTimeCell>);

#[derive(Default, Debug)]
struct GpuTimeCell {
    millis: AtomicU32,
    measured: AtomicU32,
}

impl GpuTime {
    /// The time in milliseconds, and a number that grows with each measurement; `None` if the device has no timestamps.
    pub(super) fn last(&self) -> Option<(f32, u32)> {
        let measured = self.0.measured.load(Ordering::Acquire);
        (measured > 0).then(|| (f32::from_bits(self.0.millis.load(Ordering::Relaxed)), measured))
    }

    fn publish(&self, millis: f32) {
        self.0.millis.store(millis.to_bits(), Ordering::Relaxed);
        self.0.measured.fetch_add(1, Ordering::Release);
    }
}

pub(super) fn plugin(app: &mut App) {
    let time = GpuTime::default();
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render.insert_resource(time.clone()).init_gpu_resource::<TimestampQueries>().add_systems(
        RenderGraph,
        (
            begin.in_set(RenderGraphSystems::Begin),
            end.after(RenderGraphSystems::Render).before(RenderGraphSystems::Submit),
            read.in_set(RenderGraphSystems::Finish),
        ),
    );
    app.insert_resource(time);
}

/// `None` where the device has no timestamp queries.
#[derive(Resource)]
struct TimestampQueries(Option<TimestampClock>);

struct TimestampClock {
    stamps: wgpu::QuerySet,
    resolved: Buffer,
    slots: Vec<TimestampSlot>,
    /// The slot of the frame that is being drawn.
    drawing: Option<usize>,
    nanoseconds: f32,
}

struct TimestampSlot {
    buffer: Buffer,
    state: Arc<AtomicU32>,
}

const FREE: u32 = 0;
const PENDING: u32 = 1;
const READABLE: u32 = 2;

impl FromWorld for TimestampQueries {
    fn from_world(world: &mut World) -> Self {
        let device = world.resource::<RenderDevice>();
        let needed = WgpuFeatures::TIMESTAMP_QUERY | WgpuFeatures::TIMESTAMP_QUERY_INSIDE_ENCODERS;
        if !device.features().contains(needed) {
            return Self(None);
        }
        let buffer = |usage| {
            device.create_buffer(&BufferDescriptor {
                label: Some("frame timestamps"),
                size: BYTES,
                usage,
                mapped_at_creation: false,
            })
        };
        let slots = (0..SLOTS)
            .map(|_| TimestampSlot {
                buffer: buffer(BufferUsages::COPY_DST | BufferUsages::MAP_READ),
                state: Arc::new(AtomicU32::new(FREE)),
            })
            .collect();
        Self(Some(TimestampClock {
            stamps: device.wgpu_device().create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("frame timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: buffer(BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC),
            slots,
            drawing: None,
            nanoseconds: world.resource::<RenderQueue>().get_timestamp_period(),
        }))
    }
}

fn begin(
    stamps: Option<ResMut<TimestampQueries>>,
    device: Res<RenderDevice>,
    mut pending: ResMut<PendingCommandBuffers>,
) {
    let Some(clock) = stamps.map(ResMut::into_inner).and_then(|stamps| stamps.0.as_mut()) else { return };
    clock.drawing = clock.slots.iter().position(|slot| slot.state.load(Ordering::Acquire) == FREE);
    if clock.drawing.is_none() {
        return;
    }
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
    encoder.write_timestamp(&clock.stamps, 0);
    pending.push([encoder.finish()]);
}

fn end(
    stamps: Option<ResMut<TimestampQueries>>,
    device: Res<RenderDevice>,
    mut pending: ResMut<PendingCommandBuffers>,
) {
    let Some(clock) = stamps.map(ResMut::into_inner).and_then(|stamps| stamps.0.as_mut()) else { return };
    let Some(slot) = clock.drawing else { return };
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
    encoder.write_timestamp(&clock.stamps, 1);
    encoder.resolve_query_set(&clock.stamps, 0..2, &clock.resolved, 0);
    encoder.copy_buffer_to_buffer(&clock.resolved, 0, &clock.slots[slot].buffer, 0, BYTES);
    pending.push_encoder(encoder);
}

/// Reads the slots that are ready, and maps the one that was just written.
fn read(stamps: Option<ResMut<TimestampQueries>>, time: Res<GpuTime>) {
    let Some(clock) = stamps.map(ResMut::into_inner).and_then(|stamps| stamps.0.as_mut()) else { return };
    for slot in &clock.slots {
        if slot.state.load(Ordering::Acquire) != READABLE {
            continue;
        }
        if let Some(passed) = elapsed_ticks(&slot.buffer.slice(..).get_mapped_range()) {
            time.publish(passed as f32 * clock.nanoseconds / 1e6);
        }
        slot.buffer.unmap();
        slot.state.store(FREE, Ordering::Release);
    }
    let Some(slot) = clock.drawing.take() else { return };
    let state = Arc::clone(&clock.slots[slot].state);
    state.store(PENDING, Ordering::Release);
    clock.slots[slot].buffer.slice(..).map_async(MapMode::Read, move |result| {
        state.store(if result.is_ok() { READABLE } else { FREE }, Ordering::Release);
    });
}

/// Ticks between two timestamps; `None` if the second is before the first, or one is missing.
fn elapsed_ticks(bytes: &[u8]) -> Option<u64> {
    let stamp = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
    stamp(8)?.checked_sub(stamp(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The elapsed ticks are the difference of both timestamps; wrong order and missing bytes give none.
    #[test]
    fn two_timestamps_give_the_ticks_between_them() {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&1_000u64.to_le_bytes());
        bytes[8..].copy_from_slice(&4_500u64.to_le_bytes());
        assert_eq!(elapsed_ticks(&bytes), Some(3_500));
        bytes[8..].copy_from_slice(&10u64.to_le_bytes());
        assert_eq!(elapsed_ticks(&bytes), None);
        assert_eq!(elapsed_ticks(&bytes[..10]), None);
    }

    /// Readers see no time until one is published, and clones share it.
    #[test]
    fn no_time_is_known_before_the_first_measurement() {
        let time = GpuTime::default();
        assert_eq!(time.last(), None);
        time.clone().publish(2.5);
        assert_eq!(time.last(), Some((2.5, 1)));
    }
}
