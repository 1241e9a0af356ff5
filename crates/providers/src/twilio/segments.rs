/// How a text goes over the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The seven-bit default alphabet with its extension table.
    Gsm7,
    /// Two bytes a unit; one character outside the default alphabet is enough.
    Ucs2,
}

/// What a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// How it goes over the air.
    pub encoding: Encoding,
    /// Septets or UTF-16 units.
    pub units: usize,
    /// How many parts the carrier bills; zero for an empty text.
    pub segments: usize,
}

/// The default alphabet of GSM 03.38, without the escape.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table: an escape and a septet each.
const GSM_EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Counts a text's parts. The limits are Twilio's "What the SMS character limit is": 160 or 70
/// units alone, 153 or 67 in each part of several.
pub fn segments(body: &str) -> Segments {
    let septets: Option<Vec<usize>> = body.chars().map(gsm_units).collect();
    if let Some(units) = septets {
        return count(Encoding::Gsm7, &units, 160, 153);
    }
    let units: Vec<usize> = body.chars().map(char::len_utf16).collect();
    count(Encoding::Ucs2, &units, 70, 67)
}

/// The same text in the seven-bit alphabet, where all that it takes is to leave out accents and to
/// write punctuation plainly: `sáb` would make every part less than half as long. A text that has
/// anything else beyond that alphabet stays as it is.
pub fn economical(body: String) -> String {
    let plain: Option<String> =
        body.chars().map(|c| if gsm_units(c).is_some() { Some(c) } else { plain(c) }).collect();
    plain.unwrap_or(body)
}

/// The nearest character of the seven-bit alphabet.
fn plain(c: char) -> Option<char> {
    Some(match c {
        'á' | 'â' | 'ã' => 'a',
        'ç' => 'c',
        'ê' | 'ë' => 'e',
        'í' | 'î' | 'ï' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'û' => 'u',
        'ý' | 'ÿ' => 'y',
        'À' | 'Á' | 'Â' | 'Ã' => 'A',
        'È' | 'Ê' | 'Ë' => 'E',
        'Ì' | 'Í' | 'Î' | 'Ï' => 'I',
        'Ò' | 'Ó' | 'Ô' | 'Õ' => 'O',
        'Ù' | 'Ú' | 'Û' => 'U',
        '’' | '‘' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '–' | '—' | '−' | '‐' | '‑' => '-',
        '\u{a0}' | '\u{202f}' => ' ',
        '·' | '•' => '-',
        _ => return None,
    })
}

fn gsm_units(c: char) -> Option<usize> {
    if GSM_BASIC.contains(c) { Some(1) } else { GSM_EXTENDED.contains(c).then_some(2) }
}

fn count(encoding: Encoding, characters: &[usize], alone: usize, in_part: usize) -> Segments {
    let units: usize = characters.iter().sum();
    let segments = if units <= alone { units.min(1) } else { parts(characters, in_part) };
    Segments { encoding, units, segments }
}

/// A character of two units never straddles two parts, so that a part can stay short of its limit.
fn parts(characters: &[usize], in_part: usize) -> usize {
    let (mut parts, mut used) = (1, 0);
    for units in characters {
        if used + units > in_part {
            parts += 1;
            used = 0;
        }
        used += units;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_give_way_only_where_that_brings_a_text_into_the_seven_bit_alphabet() {
        let of = |body: &str| economical(body.to_owned());

        assert_eq!(of("sáb – «août»: ça, Müller"), "sab - \"aout\": ca, Müller");
        assert_eq!(of("sáb 🏡"), "sáb 🏡");
        assert_eq!(of("Привет, sáb"), "Привет, sáb");
        assert_eq!(of("déjà [ñ] €5"), "déjà [ñ] €5");
    }

    fn seen(body: &str) -> (Encoding, usize, usize) {
        let Segments { encoding, units, segments } = segments(body);
        (encoding, units, segments)
    }

    #[test]
    fn limits_are_those_of_one_and_of_several_parts() {
        use Encoding::{Gsm7, Ucs2};
        let table = [
            (String::new(), (Gsm7, 0, 0)),
            ("a".repeat(160), (Gsm7, 160, 1)),
            ("a".repeat(161), (Gsm7, 161, 2)),
            ("a".repeat(306), (Gsm7, 306, 2)),
            ("a".repeat(307), (Gsm7, 307, 3)),
            ("€".repeat(80), (Gsm7, 160, 1)),
            ("ł".repeat(70), (Ucs2, 70, 1)),
            ("ł".repeat(71), (Ucs2, 71, 2)),
            ("🙂".repeat(35), (Ucs2, 70, 1)),
        ];
        for (body, expected) in table {
            assert_eq!(seen(&body), expected, "{body}");
        }
    }

    #[test]
    fn a_character_of_two_units_does_not_straddle_two_parts() {
        let body = format!("{}€{}", "a".repeat(152), "a".repeat(152));

        assert_eq!(seen(&body), (Encoding::Gsm7, 306, 3));
    }

    #[test]
    fn one_character_outside_the_alphabet_switches_the_whole_text() {
        assert_eq!(seen("See you at 10 – Jane").0, Encoding::Ucs2);
        assert_eq!(seen("See you at 10 - Jané").0, Encoding::Gsm7);
    }
}
