//! A journey as a picture: the plane, the tracks in it, and the way through them.

use std::path::Path;

use image::RgbImage;
use plotters::coord::types::RangedCoordf32;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::route::{JourneyPlan, Route, Waypoint};
use crate::emotion::Affect;
use crate::foundation::{AMBER, BLUE, FONT, INK, PlotError, failed, plot, save_plot};

/// Width and height of the picture in pixels.
const SIZE: (u32, u32) = (1000, 1000);
const FAINT: RGBColor = RGBColor(150, 156, 168);
const LINE: RGBColor = RGBColor(232, 234, 239);

type PlaneChart<'a, 'b> = ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf32, RangedCoordf32>>;
type ChartResult = Result<(), PlotError>;

/// Draws a journey into a PNG file.
///
/// # Errors
/// [`PlotError`] when it cannot be drawn or written.
pub fn draw(plan: &JourneyPlan, route: &Route, stops: &[Waypoint], title: &str, file: &Path) -> ChartResult {
    save_plot(&picture(plan, route, stops, title)?, file)
}

fn picture(
    plan: &JourneyPlan,
    route: &Route,
    stops: &[Waypoint],
    title: &str,
) -> Result<RgbImage, PlotError> {
    plot(SIZE, |root| {
        let mut plane = ChartBuilder::on(root)
            .caption(title, TextStyle::from((FONT, 22)).color(&INK))
            .margin(24)
            .x_label_area_size(48)
            .y_label_area_size(56)
            .build_cartesian_2d(-1.05_f32..1.05, -1.05_f32..1.05)
            .map_err(failed)?;
        plane
            .configure_mesh()
            .x_desc("valence: unpleasant to pleasant")
            .y_desc("arousal: quiet to stirred")
            .label_style(TextStyle::from((FONT, 15)).color(&INK))
            .axis_desc_style(TextStyle::from((FONT, 17)).color(&INK))
            .axis_style(INK)
            .bold_line_style(LINE)
            .light_line_style(TRANSPARENT)
            .draw()
            .map_err(failed)?;
        show(&mut plane, plan, route, stops)
    })
}

fn point(at: Affect) -> (f32, f32) {
    (at.valence, at.arousal)
}

fn show(plane: &mut PlaneChart, plan: &JourneyPlan, route: &Route, stops: &[Waypoint]) -> ChartResult {
    let dots = stops.iter().map(|stop| Circle::new(point(stop.at), 3, FAINT.mix(0.6).filled()));
    plane.draw_series(dots).map_err(failed)?;
    let straight = [PathElement::new([point(route.from), point(route.to)], AMBER.mix(0.5).stroke_width(2))];
    plane.draw_series(straight).map_err(failed)?;
    for (at, name) in [(route.from, "start"), (route.to, "goal")] {
        plane.draw_series([Circle::new(point(at), 8, AMBER.filled())]).map_err(failed)?;
        write(plane, name, (at.valence, at.arousal - 0.045), AMBER)?;
    }
    let way: Vec<(f32, f32)> = plan.legs.iter().map(|leg| point(leg.stop.at)).collect();
    plane.draw_series([PathElement::new(way, BLUE.stroke_width(3))]).map_err(failed)?;
    for (number, leg) in (1..).zip(&plan.legs) {
        let (x, y) = point(leg.stop.at);
        plane.draw_series([Circle::new((x, y), 6, BLUE.filled())]).map_err(failed)?;
        write(plane, &format!("{number}"), (x, y + 0.035), INK)?;
    }
    Ok(())
}

fn write(plane: &mut PlaneChart, words: &str, at: (f32, f32), colour: RGBColor) -> ChartResult {
    let style = TextStyle::from((FONT, 16)).color(&colour).pos(Pos::new(HPos::Center, VPos::Center));
    plane.draw_series([Text::new(words.to_owned(), at, style)]).map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::journey::plan::plan;
    use crate::music::test_support::settings;

    #[test]
    fn a_way_is_drawn_in_blue_and_its_ends_in_amber() {
        let at = |valence, arousal| Affect { valence, arousal };
        let route = Route { from: at(-0.6, -0.3), to: at(0.6, -0.3), seconds: 300.0 };
        let stop = |index, at| Waypoint { index, at, seconds: 100.0, key: None, octaves: f32::NAN };
        let stops = [stop(0, at(-0.5, 0.4)), stop(1, at(0.0, 0.4)), stop(2, at(0.5, 0.4))];
        let plan = plan(&route, route.from, 0.0, &stops, &settings().journey).expect("a way");
        let picture = picture(&plan, &route, &stops, "sad to calm").expect("drawn");
        let count = |colour: RGBColor| {
            picture.pixels().filter(|pixel| pixel.0 == [colour.0, colour.1, colour.2]).count()
        };
        assert!(count(BLUE) > 300 && count(AMBER) > 200, "{} {}", count(BLUE), count(AMBER));
        let error = draw(&plan, &route, &stops, "", Path::new("not-here/j.png")).unwrap_err();
        assert!(error.to_string().contains("not-here/j.png"));
    }
}
