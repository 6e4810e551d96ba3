//! Enlarges a picture that is drawn smaller than the screen, so that its outlines are no stairs.
//!
//! A cubic B-spline over the sharpened picture, in one direction after the other: two looks at the picture for each
//! pixel and direction, where a bicubic filter in one pass takes five and more. The spline has no negative lobes that
//! would ring around lights, and shows no beads along lines as bilinear filtering does; `enlarge.wgsl` tells how it is
//! kept sharp. The last direction belongs to the pass to the screen, which reads the picture anyway.

use bevy::asset::uuid_handle;
use bevy::core_pipeline::FullscreenShader;
use bevy::core_pipeline::schedule::{Core2d, Core2dSystems};
use bevy::prelude::*;
use bevy::render::extract_resource::{ExtractResource, ExtractResourcePlugin};
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::binding_types::{sampler, texture_2d};
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, CachedRenderPipelineId,
    ColorTargetState, ColorWrites, Extent3d, FilterMode, FragmentState, LoadOp, Operations, PipelineCache,
    RenderPassColorAttachment, RenderPassDescriptor, RenderPipeline, RenderPipelineDescriptor, Sampler,
    SamplerBindingType, SamplerDescriptor, ShaderStages, StoreOp, TextureDescriptor, TextureDimension,
    TextureSampleType, TextureUsages, TextureView, TextureViewDescriptor,
};
use bevy::render::renderer::{RenderContext, RenderDevice, ViewQuery};
use bevy::render::texture::GpuImage;
use bevy::render::{GpuResourceAppExt as _, RenderApp, RenderStartup};
use bevy::shader::Shader;

use crate::visuals::guard::gpu_guard::{GuardPass, GuardedView, PICTURE_FORMAT};

pub(super) const ENLARGE_SHADER: Handle<Shader> = uuid_handle!("3f1d2c58-6a0b-4f7e-9a55-0f3b7c1de004");

/// What is enlarged.
#[derive(Resource, Clone, ExtractResource)]
pub(super) struct EnlargeFrame {
    /// The guarded picture.
    pub(super) picture: Handle<Image>,
    /// Receives it in the width of the screen; `None` while it has the size of the screen.
    pub(super) enlarged: Option<Handle<Image>>,
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(ExtractResourcePlugin::<EnlargeFrame>::default());
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_gpu_resource::<EnlargeMemory>()
        .add_systems(RenderStartup, make_pipelines)
        .add_systems(Core2d, enlarge.in_set(Core2dSystems::Prepass).after(GuardPass));
}

/// The two passes, with what each is given.
#[derive(Resource)]
struct EnlargePipelines {
    sharpen: (BindGroupLayoutDescriptor, CachedRenderPipelineId),
    stretch: (BindGroupLayoutDescriptor, CachedRenderPipelineId),
}

fn make_pipelines(mut commands: Commands, cache: Res<PipelineCache>, fullscreen: Res<FullscreenShader>) {
    let make = |entry: &'static str, entries: &[_]| {
        let layout = BindGroupLayoutDescriptor::new(format!("enlarge: {entry}"), entries);
        let target = ColorTargetState { format: PICTURE_FORMAT, blend: None, write_mask: ColorWrites::ALL };
        let pipeline = cache.queue_render_pipeline(RenderPipelineDescriptor {
            label: Some(format!("enlarge: {entry}").into()),
            layout: vec![layout.clone()],
            vertex: fullscreen.to_vertex_state(),
            fragment: Some(FragmentState {
                shader: ENLARGE_SHADER,
                entry_point: Some(entry.into()),
                targets: vec![Some(target)],
                ..default()
            }),
            ..default()
        });
        (layout, pipeline)
    };
    let picture = texture_2d(TextureSampleType::Float { filterable: true });
    let fragment = ShaderStages::FRAGMENT;
    let sharpen = BindGroupLayoutEntries::single(fragment, picture);
    let stretch =
        BindGroupLayoutEntries::sequential(fragment, (picture, sampler(SamplerBindingType::Filtering)));
    commands.insert_resource(EnlargePipelines {
        sharpen: make("sharpen", &sharpen),
        stretch: make("stretch", &stretch),
    });
}

/// What lies between the two passes.
#[derive(Resource)]
struct EnlargeMemory {
    sampler: Sampler,
    /// The sharpened picture, and its size.
    sharp: (TextureView, Extent3d),
}

impl FromWorld for EnlargeMemory {
    fn from_world(world: &mut World) -> Self {
        let device = world.resource::<RenderDevice>();
        Self {
            sampler: device.create_sampler(&SamplerDescriptor {
                min_filter: FilterMode::Linear,
                mag_filter: FilterMode::Linear,
                ..default()
            }),
            sharp: sharp(device, Extent3d { width: 1, height: 1, depth_or_array_layers: 1 }),
        }
    }
}

fn sharp(device: &RenderDevice, size: Extent3d) -> (TextureView, Extent3d) {
    let texture = device.create_texture(&TextureDescriptor {
        label: Some("enlarge: sharpened"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format: PICTURE_FORMAT,
        usage: TextureUsages::RENDER_ATTACHMENT | TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    });
    (texture.create_view(&TextureViewDescriptor::default()), size)
}

fn enlarge(
    _view: ViewQuery<&GuardedView>,
    frame: Option<Res<EnlargeFrame>>,
    (pipelines, cache): (Option<Res<EnlargePipelines>>, Res<PipelineCache>),
    images: Res<RenderAssets<GpuImage>>,
    memory: Option<ResMut<EnlargeMemory>>,
    mut context: RenderContext,
) {
    let (Some(frame), Some(pipelines), Some(mut memory)) = (frame, pipelines, memory) else { return };
    let enlarged = frame.enlarged.as_ref().and_then(|handle| images.get(handle));
    let (Some(picture), Some(enlarged)) = (images.get(&frame.picture), enlarged) else { return };
    let found = [&pipelines.sharpen, &pipelines.stretch].map(|(_, id)| cache.get_render_pipeline(*id));
    let [Some(sharpen), Some(stretch)] = found else { return };

    let device = context.render_device().clone();
    let size = picture.texture_descriptor.size;
    if memory.sharp.1 != size {
        memory.sharp = sharp(&device, size);
    }
    let layouts =
        [&pipelines.sharpen, &pipelines.stretch].map(|(layout, _)| cache.get_bind_group_layout(layout));
    let entries = BindGroupEntries::single(&picture.texture_view);
    let group = device.create_bind_group("enlarge: sharpen", &layouts[0], &entries);
    draw(&mut context, sharpen, &group, &memory.sharp.0);
    let entries = BindGroupEntries::sequential((&memory.sharp.0, &memory.sampler));
    let group = device.create_bind_group("enlarge: stretch", &layouts[1], &entries);
    draw(&mut context, stretch, &group, &enlarged.texture_view);
}

fn draw(context: &mut RenderContext, pipeline: &RenderPipeline, group: &BindGroup, target: &TextureView) {
    let attachment = RenderPassColorAttachment {
        view: target,
        depth_slice: None,
        resolve_target: None,
        ops: Operations { load: LoadOp::Clear(wgpu::Color::TRANSPARENT), store: StoreOp::Store },
    };
    let mut pass = context.command_encoder().begin_render_pass(&RenderPassDescriptor {
        label: Some("enlarge"),
        color_attachments: &[Some(attachment)],
        ..default()
    });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, group, &[]);
    pass.draw(0..3, 0..1);
}
