//! The guard on the graphics card: three small passes before the screen is drawn, and no waiting for their result.
//!
//! The first finds the mean light of each cell, moves its token buckets and gives the share of the way that it may go;
//! the second takes the smallest share of each cell and its neighbours; the third mixes the picture by that share,
//! smoothly between cells. What was shown is copied, so that the next picture can be compared with it.

use bevy::asset::uuid_handle;
use bevy::core_pipeline::FullscreenShader;
use bevy::core_pipeline::schedule::{Core2d, Core2dSystems};
use bevy::prelude::*;
use bevy::render::extract_component::{ExtractComponent, ExtractComponentPlugin};
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::binding_types::{sampler, texture_2d, uniform_buffer_sized};
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, Buffer, BufferDescriptor,
    BufferUsages, CachedRenderPipelineId, ColorTargetState, ColorWrites, CommandEncoder, Extent3d,
    FilterMode, FragmentState, LoadOp, Operations, PipelineCache, RenderPassColorAttachment,
    RenderPassDescriptor, RenderPipelineDescriptor, Sampler, SamplerBindingType, SamplerDescriptor,
    ShaderStages, StoreOp, Texture, TextureDescriptor, TextureDimension, TextureFormat, TextureSampleType,
    TextureUsages, TextureView, TextureViewDescriptor,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::texture::GpuImage;
use bevy::render::{GpuResourceAppExt as _, RenderApp, RenderStartup};
use bevy::shader::Shader;

use super::cpu_guard::CELLS;
use super::token_bucket::FlashLimits;

pub(in crate::visuals) const GUARD_SHADER: Handle<Shader> =
    uuid_handle!("3f1d2c58-6a0b-4f7e-9a55-0f3b7c1de003");
const CELL_FORMAT: TextureFormat = TextureFormat::Rgba32Float;
const SHARE_FORMAT: TextureFormat = TextureFormat::R16Float;
/// The picture that is shown, and the one before.
pub(in crate::visuals) const PICTURE_FORMAT: TextureFormat = TextureFormat::Rgba16Float;
/// Samples across a cell; each is the mean of four pixels, and more samples add nothing.
const MOST_SAMPLES: u32 = 12;
const UNIFORM_BYTES: u64 = 48;

/// The pass of the guard, within `Core2dSystems::Prepass`: after it `GuardFrame::shown` is the picture of this frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::visuals) struct GuardPass;

/// The view before which the guard works.
#[derive(Component, Clone, Copy, ExtractComponent)]
pub(in crate::visuals) struct GuardedView;

/// What the guard is given for a picture.
#[derive(Resource, Clone, ExtractResource)]
pub(in crate::visuals) struct GuardFrame {
    /// The scene, and the one that comes.
    pub(in crate::visuals) scenes: [Handle<Image>; 2],
    /// Receives the picture in display-referred linear light.
    pub(in crate::visuals) shown: Handle<Image>,
    /// Share of the second scene, 0..=1.
    pub(in crate::visuals) mixture: f32,
    /// App time in seconds.
    pub(in crate::visuals) now: f64,
    /// `None` lets everything through.
    pub(in crate::visuals) limits: Option<FlashLimits>,
}

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_plugins((
        ExtractComponentPlugin::<GuardedView>::default(),
        ExtractResourcePlugin::<GuardFrame>::default(),
    ));
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_gpu_resource::<GuardMemory>()
        .add_systems(RenderStartup, make_pipelines)
        .add_systems(Core2d, pass.in_set(GuardPass).in_set(Core2dSystems::Prepass));
}

#[derive(Resource)]
struct GuardPipelines {
    cells: (BindGroupLayoutDescriptor, CachedRenderPipelineId),
    spread: (BindGroupLayoutDescriptor, CachedRenderPipelineId),
    apply: (BindGroupLayoutDescriptor, CachedRenderPipelineId),
}

fn make_pipelines(mut commands: Commands, cache: Res<PipelineCache>, fullscreen: Res<FullscreenShader>) {
    let smooth = || texture_2d(TextureSampleType::Float { filterable: true });
    let exact = || texture_2d(TextureSampleType::Float { filterable: false });
    let uniform = || uniform_buffer_sized(false, None);
    let linear = || sampler(SamplerBindingType::Filtering);
    let fragment = ShaderStages::FRAGMENT;
    let make = |entry: &'static str, entries: BindGroupLayoutEntries<8>, formats: &[TextureFormat]| {
        let used: Vec<_> = entries.iter().copied().filter(|e| bindings(entry).contains(&e.binding)).collect();
        let layout = BindGroupLayoutDescriptor::new(format!("flash guard: {entry}"), &used);
        let targets = formats
            .iter()
            .map(|format| {
                Some(ColorTargetState { format: *format, blend: None, write_mask: ColorWrites::ALL })
            })
            .collect();
        let pipeline = cache.queue_render_pipeline(RenderPipelineDescriptor {
            label: Some(format!("flash guard: {entry}").into()),
            layout: vec![layout.clone()],
            vertex: fullscreen.to_vertex_state(),
            fragment: Some(FragmentState {
                shader: GUARD_SHADER,
                entry_point: Some(entry.into()),
                targets,
                ..default()
            }),
            ..default()
        });
        (layout, pipeline)
    };
    let all = || {
        BindGroupLayoutEntries::sequential(
            fragment,
            (uniform(), linear(), smooth(), smooth(), smooth(), exact(), exact(), smooth()),
        )
    };
    commands.insert_resource(GuardPipelines {
        cells: make("cells", all(), &[CELL_FORMAT, CELL_FORMAT]),
        spread: make("spread", all(), &[SHARE_FORMAT]),
        apply: make("apply", all(), &[PICTURE_FORMAT]),
    });
}

/// Which bindings of the shader a pass uses.
fn bindings(entry: &str) -> &'static [u32] {
    match entry {
        "cells" => &[0, 1, 2, 3, 4, 5, 6],
        "spread" => &[5],
        _ => &[0, 1, 2, 3, 4, 7],
    }
}

/// What the guard remembers from picture to picture, all of it on the graphics card.
#[derive(Resource)]
struct GuardMemory {
    uniform: Buffer,
    sampler: Sampler,
    /// Luminance and redness of every cell; the two take turns.
    cells: [[TextureView; 2]; 2],
    turn: usize,
    shares: TextureView,
    /// The picture that was shown last, and its size.
    history: (Texture, TextureView, Extent3d),
    last: Option<f64>,
}

impl FromWorld for GuardMemory {
    fn from_world(world: &mut World) -> Self {
        let device = world.resource::<RenderDevice>();
        let side = CELLS as u32;
        let grid = Extent3d { width: side, height: side, depth_or_array_layers: 1 };
        let cells = || texture(device, grid, CELL_FORMAT).1;
        Self {
            uniform: device.create_buffer(&BufferDescriptor {
                label: Some("flash guard"),
                size: UNIFORM_BYTES,
                usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            sampler: device.create_sampler(&SamplerDescriptor {
                min_filter: FilterMode::Linear,
                mag_filter: FilterMode::Linear,
                ..default()
            }),
            cells: [[cells(), cells()], [cells(), cells()]],
            turn: 0,
            shares: texture(device, grid, SHARE_FORMAT).1,
            history: history(device, Extent3d { width: 1, height: 1, depth_or_array_layers: 1 }),
            last: None,
        }
    }
}

/// New textures are black, which is what a screen shows before.
fn texture(device: &RenderDevice, size: Extent3d, format: TextureFormat) -> (Texture, TextureView) {
    let texture = device.create_texture(&TextureDescriptor {
        label: Some("flash guard"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format,
        usage: TextureUsages::RENDER_ATTACHMENT | TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let view = texture.create_view(&TextureViewDescriptor::default());
    (texture, view)
}

fn history(device: &RenderDevice, size: Extent3d) -> (Texture, TextureView, Extent3d) {
    let (texture, view) = texture(device, size, PICTURE_FORMAT);
    (texture, view, size)
}

fn pass(
    _view: ViewQuery<&GuardedView>,
    frame: Option<Res<GuardFrame>>,
    (pipelines, cache): (Option<Res<GuardPipelines>>, Res<PipelineCache>),
    images: Res<RenderAssets<GpuImage>>,
    queue: Res<RenderQueue>,
    memory: Option<ResMut<GuardMemory>>,
    mut context: RenderContext,
) {
    let (Some(frame), Some(pipelines), Some(mut memory)) = (frame, pipelines, memory) else { return };
    let pictures = [&frame.scenes[0], &frame.scenes[1], &frame.shown].map(|handle| images.get(handle));
    let [Some(front), Some(back), Some(shown)] = pictures else { return };
    let found =
        [&pipelines.cells, &pipelines.spread, &pipelines.apply].map(|(_, id)| cache.get_render_pipeline(*id));
    let [Some(cells), Some(spread), Some(apply)] = found else { return };

    let size = shown.texture_descriptor.size;
    queue.write_buffer(&memory.uniform, 0, &uniform(&frame, memory.last, size));
    memory.last = Some(frame.now);
    let device = context.render_device().clone();
    let groups = groups(&device, &cache, &pipelines, &memory, [front, back]);
    let encoder = context.command_encoder();
    let next = &memory.cells[1 - memory.turn];
    draw(encoder, cells, &groups[0], &[&next[0], &next[1]]);
    draw(encoder, spread, &groups[1], &[&memory.shares]);
    draw(encoder, apply, &groups[2], &[&shown.texture_view]);
    if memory.history.2 != size {
        memory.history = history(&device, size);
    }
    encoder.copy_texture_to_texture(shown.texture.as_image_copy(), memory.history.0.as_image_copy(), size);
    memory.turn = 1 - memory.turn;
}

fn uniform(frame: &GuardFrame, last: Option<f64>, size: Extent3d) -> [u8; UNIFORM_BYTES as usize] {
    let limits = frame.limits.unwrap_or(FlashLimits::USUAL);
    let passed = last.map_or(0.0, |last| (frame.now - last).clamp(0.0, 1.0)) as f32;
    let pixels = size.width.max(size.height).div_ceil(CELLS as u32);
    let looks = pixels.div_ceil(2).clamp(1, MOST_SAMPLES) as f32;
    let on = f32::from(u8::from(frame.limits.is_some()));
    let numbers = [
        [frame.mixture, passed, on, looks],
        [limits.capacity, limits.refill, limits.free_above.min(1e9), limits.slew],
        [limits.swing, limits.red_swing, 0.0, 0.0],
    ];
    let mut bytes = [0; UNIFORM_BYTES as usize];
    for (slot, number) in bytes.chunks_exact_mut(4).zip(numbers.as_flattened()) {
        slot.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

fn groups(
    device: &RenderDevice,
    cache: &PipelineCache,
    pipelines: &GuardPipelines,
    memory: &GuardMemory,
    [front, back]: [&GpuImage; 2],
) -> [BindGroup; 3] {
    let now = &memory.cells[memory.turn];
    let next = &memory.cells[1 - memory.turn];
    let uniform = memory.uniform.as_entire_binding();
    let make = |layout: &BindGroupLayoutDescriptor, entries: &[_]| {
        device.create_bind_group("flash guard", &cache.get_bind_group_layout(layout), entries)
    };
    let cells = BindGroupEntries::with_indices((
        (0, uniform.clone()),
        (1, &memory.sampler),
        (2, &front.texture_view),
        (3, &back.texture_view),
        (4, &memory.history.1),
        (5, &now[0]),
        (6, &now[1]),
    ));
    let spread = BindGroupEntries::with_indices(((5, &next[0]),));
    let apply = BindGroupEntries::with_indices((
        (0, uniform),
        (1, &memory.sampler),
        (2, &front.texture_view),
        (3, &back.texture_view),
        (4, &memory.history.1),
        (7, &memory.shares),
    ));
    [make(&pipelines.cells.0, &cells), make(&pipelines.spread.0, &spread), make(&pipelines.apply.0, &apply)]
}

fn draw(
    encoder: &mut CommandEncoder,
    pipeline: &bevy::render::render_resource::RenderPipeline,
    group: &BindGroup,
    targets: &[&TextureView],
) {
    let attachments: Vec<_> = targets
        .iter()
        .map(|view| {
            Some(RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: Operations { load: LoadOp::Clear(wgpu::Color::TRANSPARENT), store: StoreOp::Store },
            })
        })
        .collect();
    let mut pass = encoder.begin_render_pass(&RenderPassDescriptor {
        label: Some("flash guard"),
        color_attachments: &attachments,
        ..default()
    });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, group, &[]);
    pass.draw(0..3, 0..1);
}

#[cfg(test)]
#[path = "gpu_guard_test.rs"]
mod tests;
