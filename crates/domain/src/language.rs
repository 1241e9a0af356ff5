//! The languages that people are written to in.

/// A language of which every text is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// `en`, and whatever we do not speak.
    #[default]
    English,
    /// `es`.
    Spanish,
    /// `de`.
    German,
    /// `fr`.
    French,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::English, Self::Spanish, Self::German, Self::French];

    /// The language's tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// The days of the week, Monday first.
    pub const fn weekdays(self) -> [&'static str; 7] {
        match self {
            Self::English => {
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            }
            Self::Spanish => {
                ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
            }
            Self::German => {
                ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
            }
            Self::French => {
                ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
            }
        }
    }

    /// The months, January first.
    pub const fn months(self) -> [&'static str; 12] {
        match self {
            Self::English => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::Spanish => [
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ],
            Self::German => [
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
            Self::French => [
                "janvier",
                "février",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "août",
                "septembre",
                "octobre",
                "novembre",
                "décembre",
            ],
        }
    }

    /// The language that a tag such as `es-MX` begins with, if we speak it.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    /// The language to write to somebody in, by the locale they gave.
    pub fn for_locale(locale: Option<&str>) -> Self {
        locale.and_then(Self::of_tag).unwrap_or_default()
    }

    /// The language that an `Accept-Language` header likes best among those we speak (RFC 9110,
    /// 12.5.4). Of equals, the one that it names first.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, u16)> = None;
        for range in header.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
            let Some(language) = Self::of_tag(tag.trim()) else { continue };
            let Some(weight) = thousandths(weight) else { continue };
            if weight > 0 && best.is_none_or(|(_, most)| weight > most) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// `q=0.8` in thousandths; nothing said is all of them.
fn thousandths(weight: &str) -> Option<u16> {
    let Some((name, value)) = weight.split_once('=') else { return Some(1_000) };
    if !name.trim().eq_ignore_ascii_case("q") {
        return Some(1_000);
    }
    let (whole, part) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let part: u16 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    match whole {
        "1" => Some(1_000),
        "0" => Some(part),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_does_not_hide_the_language_and_an_unknown_one_is_english() {
        let table = [
            (Some("es-MX"), Language::Spanish),
            (Some("DE"), Language::German),
            (Some("fr_CA"), Language::French),
            (Some("nl"), Language::English),
            (Some("deutsch"), Language::English),
            (None, Language::English),
        ];
        for (locale, language) in table {
            assert_eq!(Language::for_locale(locale), language, "{locale:?}");
        }
    }

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        let table = [
            ("de-CH, de;q=0.9, en;q=0.8", Some(Language::German)),
            ("en;q=0.5, fr;q=0.9", Some(Language::French)),
            ("nl, es;q=0.1", Some(Language::Spanish)),
            ("de;q=0, en", Some(Language::English)),
            ("*", None),
            ("", None),
            ("de;q=x, fr;q=0.3", Some(Language::French)),
        ];
        for (header, language) in table {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
