//! The memory limit beside the data: as lines where it is near, as a remark where it is far.

use super::axis::Axis;
use super::error::{ChartError, drawable};
use super::number::{MIB, mib};
use super::palette::LIMIT;
use super::panel::Panel;
use super::sketch::{Hold, Lettering, Sketch, Stroke};

/// The memory limit of the process, and the line it should stay under.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitLines {
    /// At this many bytes the process is killed.
    pub limit_bytes: f64,
    /// 70 % of it: a plan that needs more is a design smell.
    pub seventy_bytes: f64,
}

const LETTERING: Lettering = Lettering::regular(13.0, LIMIT);

/// How far a line may lie from the foot of the axis, in heights of the data, and still be drawn.
const REACH: f64 = 2.0;

/// One of the two lines.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    /// In MiB.
    level: f64,
    name: &'static str,
    dashed: bool,
}

impl Line {
    fn label(self) -> String {
        format!("{} ({})", self.name, mib(self.level * MIB))
    }
}

/// The limit as one picture shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shown {
    lines: Vec<Line>,
    /// Where the lines are that are not drawn.
    pub(super) remark: Option<String>,
}

impl LimitLines {
    pub(super) fn check(&self) -> Result<(), ChartError> {
        drawable("a memory limit", [self.limit_bytes, self.seventy_bytes])
    }

    fn lines(&self) -> [Line; 2] {
        [
            Line { level: self.limit_bytes / MIB, name: "memory limit", dashed: false },
            Line { level: self.seventy_bytes / MIB, name: "70 % of the limit", dashed: true },
        ]
    }
}

/// Decides which lines are near enough to be drawn over data up to `high`, and stretches the axis to hold them.
pub(super) fn shown(limit: Option<&LimitLines>, axis: Axis, high: f64) -> (Shown, Axis) {
    let Some(limit) = limit else {
        return (Shown::default(), axis);
    };
    let farthest = axis.from + REACH * (high - axis.from);
    let (lines, far): (Vec<Line>, Vec<Line>) =
        limit.lines().into_iter().partition(|line| (axis.from..=farthest).contains(&line.level));
    let top = lines.iter().map(|line| line.level).fold(high, f64::max);
    let axis =
        if axis.to < top + 0.07 * (top - axis.from) { axis.stretched(top + 0.07 * (top - axis.from)) } else { axis };
    let remark = remark(&far, axis.from);
    (Shown { lines, remark }, axis)
}

fn remark(far: &[Line], foot: f64) -> Option<String> {
    let first = far.first()?;
    let names: Vec<String> = far.iter().map(|line| line.label()).collect();
    let side = if first.level < foot { "below" } else { "far above" };
    Some(format!("Not drawn, {side} this picture: {}.", names.join(", ")))
}

impl Shown {
    /// Whether anything is drawn at `level` MiB.
    pub(super) fn has_line_near(&self, level: f64) -> bool {
        let near = |line: &Line| (line.level - level).abs() <= 0.01 * line.level.abs();
        self.lines.iter().any(near)
    }

    /// Draws the lines over the panel.
    pub(super) fn draw(&self, sketch: &mut Sketch, panel: &Panel) {
        for line in &self.lines {
            let (_, y) = panel.at((panel.x.from, line.level));
            let ends = [(panel.left, y), (panel.right, y)];
            let stroke = Stroke::new(LIMIT, 1.5);
            if line.dashed {
                sketch.dashed(&ends, stroke, 7.0, 5.0);
            } else {
                sketch.line(ends.to_vec(), stroke);
            }
        }
    }

    /// Names the lines, each above or below itself where the data leaves room; so it comes after the data.
    pub(super) fn name(&self, sketch: &mut Sketch, panel: &Panel) {
        for line in &self.lines {
            let (_, y) = panel.at((panel.x.from, line.level));
            let (left, middle, right) = (panel.left + 8.0, f64::midpoint(panel.left, panel.right), panel.right - 8.0);
            let above = [(left, Hold::Left), (right, Hold::Right), (middle, Hold::Middle)]
                .map(|(x, hold)| ((x, y - 6.0), hold));
            let below = above.map(|((x, y), hold)| ((x, y + 22.0), hold));
            sketch.words_where_free(&line.label(), &[above, below].concat(), LETTERING);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(mib: f64) -> LimitLines {
        LimitLines { limit_bytes: mib * MIB, seventy_bytes: 0.7 * mib * MIB }
    }

    #[test]
    fn near_lines_stretch_the_axis() {
        let axis = Axis::exact(0.0, 216.0, 6);
        let (shown, axis) = shown(Some(&limit(400.0)), axis, 200.0);
        assert_eq!(shown.lines.len(), 2);
        assert_eq!(shown.remark, None);
        assert!(axis.to > 400.0);
    }

    #[test]
    fn far_lines_are_only_told() {
        let axis = Axis::exact(0.0, 12.0, 6);
        let (shown, same) = shown(Some(&limit(512.0)), axis.clone(), 11.0);
        assert!(shown.lines.is_empty());
        assert_eq!(same, axis);
        assert_eq!(
            shown.remark.as_deref(),
            Some("Not drawn, far above this picture: memory limit (512 MiB), 70 % of the limit (358 MiB).")
        );
    }

    #[test]
    fn the_nearer_line_may_be_drawn_alone() {
        let axis = Axis::exact(0.0, 216.0, 6);
        let (shown, _) = shown(Some(&limit(512.0)), axis, 200.0);
        assert_eq!(shown.lines.len(), 1);
        assert_eq!(shown.remark.as_deref(), Some("Not drawn, far above this picture: memory limit (512 MiB)."));
    }
}
