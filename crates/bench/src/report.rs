//! The lines of the report: what was measured, against what, and whether it is what we aim for.

use std::fmt;

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    AtLeast(f64),
    Below(f64),
    /// For information only.
    None,
}

/// One line of the report.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) measured: String,
    pub(crate) reference: String,
    /// What the aim is about: a ratio, or a quantity with its unit.
    pub(crate) figure: f64,
    pub(crate) unit: &'static str,
    pub(crate) aim: Aim,
}

impl Line {
    /// How many times the reference something achieves.
    pub(crate) fn ratio(
        name: impl Into<String>,
        measured: f64,
        reference: f64,
        unit: &str,
    ) -> Self {
        Self {
            name: name.into(),
            measured: format!("{} {unit}", rounded(measured)),
            reference: format!("{} {unit}", rounded(reference)),
            figure: measured / reference.max(f64::EPSILON),
            unit: "×",
            aim: Aim::None,
        }
    }

    /// A quantity without a reference.
    pub(crate) fn quantity(name: impl Into<String>, figure: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            measured: format!("{} {unit}", rounded(figure)),
            reference: "-".to_owned(),
            figure,
            unit,
            aim: Aim::None,
        }
    }

    pub(crate) fn aims(self, aim: Aim) -> Self {
        Self { aim, ..self }
    }

    pub(crate) fn header() -> String {
        columns(["what", "measured", "reference", "figure", "aim", ""])
    }

    fn verdict(&self) -> &'static str {
        match self.aim {
            Aim::AtLeast(least) if self.figure >= least => "ok",
            Aim::Below(limit) if self.figure < limit => "ok",
            Aim::None => "",
            Aim::AtLeast(_) | Aim::Below(_) => "miss",
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = format!("{} {}", rounded(self.figure), self.unit);
        let aim = match self.aim {
            Aim::AtLeast(least) => format!("≥ {least} {}", self.unit),
            Aim::Below(limit) => format!("< {limit} {}", self.unit),
            Aim::None => "-".to_owned(),
        };
        let cells = [&self.name, &self.measured, &self.reference, &figure, &aim, self.verdict()];
        f.write_str(&columns(cells))
    }
}

fn columns(cells: [&str; 6]) -> String {
    let [name, measured, reference, figure, aim, verdict] = cells;
    format!("{name:<42} {measured:>16} {reference:>16} {figure:>12} {aim:>10}  {verdict}")
}

/// Three significant digits are more than a shared machine can repeat.
fn rounded(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_whether_its_figure_is_what_we_aim_for() {
        let line = |aim| Line::ratio("bookings", 50.0, 100.0, "/s").aims(aim).to_string();

        assert!(line(Aim::AtLeast(0.5)).ends_with("ok"));
        assert!(line(Aim::AtLeast(0.6)).ends_with("miss"));
        assert!(line(Aim::Below(0.5)).ends_with("miss"));
        assert!(!line(Aim::None).ends_with("ok"));
    }
}
