//! What people read and press: the text on the picture, the menu, the manual mood control and the operator panel.

mod curtain;
mod fade;
mod hud;
mod hud_text;
mod manual_mood;
mod menu;
#[cfg(feature = "operator")]
mod operator;
mod pointer;
mod schedule;
mod style;

pub use hud_text::{HudLine, HudText, PRIVACY};
#[cfg(feature = "operator")]
pub use operator::{LatencyQuantiles, OperatorHistory};

use bevy::prelude::*;
use bevy::render::RenderApp;
use bevy::window::WindowCloseRequested;

use crate::command::{self, Command, CommandSource, Request, Screen};
use crate::foundation::FrameStage;
use crate::input::Bindings;
use crate::mixer::{Cue, NowPlaying};
use crate::mood::Mood;
use crate::settings::SectionChanged;
use crate::status::{Status, StatusMade};
use crate::visuals::{PictureOutput, VisualsSettings};
use schedule::DrawScreens;

/// Puts text and controls on the picture. Needs Bevy's states and the [`Status`]. Without a renderer it keeps
/// [`HudText`] and draws nothing; the operator panel needs a window.
pub struct ScreensPlugin;

impl Plugin for ScreensPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        app.init_state::<Screen>()
            .init_resource::<Mood>()
            .init_resource::<NowPlaying>()
            .init_resource::<Status>()
            .init_resource::<Bindings>()
            .init_resource::<HudText>()
            .add_message::<Cue>()
            .configure_sets(Update, DrawScreens.in_set(FrameStage::Present).after(StatusMade))
            .add_systems(
                Update,
                describe_status.in_set(FrameStage::Present).after(StatusMade).before(DrawScreens),
            );
        let window =
            matches!(app.world().get_resource::<PictureOutput>(), Some(PictureOutput::Window { .. }));
        let draws = app.get_sub_app(RenderApp).is_some();
        if draws {
            app.add_plugins((hud::plugin, manual_mood::plugin, menu::plugin, curtain::plugin))
                .add_message::<SectionChanged<VisualsSettings>>()
                .add_systems(
                    Update,
                    style::rescale_text
                        .in_set(FrameStage::Present)
                        .run_if(on_message::<SectionChanged<VisualsSettings>>),
                )
                .add_systems(Update, fade::apply_fades.in_set(FrameStage::Present).after(DrawScreens));
        }
        if draws && window {
            app.add_plugins(pointer::plugin).add_systems(Update, quit_with_window.in_set(FrameStage::Input));
        }
        #[cfg(feature = "operator")]
        app.add_plugins(operator::OperatorPlugin { draws: draws && window });
    }
}

fn describe_status(status: Res<Status>, bindings: Res<Bindings>, mut shown: ResMut<HudText>) {
    if status.is_changed() || bindings.is_changed() {
        shown.set_if_neq(HudText::describe(&status, &bindings));
    }
}

/// Whoever closes the window ends the program as the menu does.
fn quit_with_window(mut closed: MessageReader<WindowCloseRequested>, mut requests: MessageWriter<Request>) {
    if closed.read().count() > 0 {
        requests.write(Request { command: Command::Quit, source: CommandSource::Menu });
    }
}

#[cfg(test)]
mod tests {
    use bevy::state::app::StatesPlugin;

    use super::*;
    use crate::foundation::{ClockMode, FoundationPlugin};
    use crate::sense::camera::{CameraPlugin, CameraSwitch, SourceSpec, SourceStatus};
    use crate::status::StatusPlugin;

    #[test]
    fn a_command_closes_the_camera_and_another_opens_it() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin, FoundationPlugin))
            .insert_resource(ClockMode::Stepped { step: std::time::Duration::from_millis(50) })
            .add_plugins((CameraPlugin { spec: SourceSpec::Clip(None) }, StatusPlugin, ScreensPlugin));
        for on in [false, true] {
            app.world_mut().write_message(Request::script(Command::ToggleCamera));
            for _ in 0..5 {
                app.update();
            }
            assert_eq!(app.world().resource::<CameraSwitch>().on, on);
            let status = app.world().resource::<SourceStatus>();
            assert_eq!((status.name == "camera off", status.live), (!on, on), "{status:?}");
            let text = &app.world().resource::<HudText>().source.text;
            assert_eq!(text.contains("camera off"), !on, "{text}");
        }
    }
}
