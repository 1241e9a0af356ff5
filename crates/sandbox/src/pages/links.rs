//! Addresses in plain text, made into links: people follow those in texts and mails.

/// A stretch of text that is an address, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) link: bool,
}

/// Takes `text` apart at its `http` and `https` addresses. Punctuation behind an address belongs
/// to the sentence.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = next_address(rest) {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(from.len());
        let address = from[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        pieces.push(Piece { text: before.to_owned(), link: false });
        pieces.push(Piece { text: address.to_owned(), link: true });
        rest = &from[address.len()..];
    }
    pieces.push(Piece { text: rest.to_owned(), link: false });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn next_address(text: &str) -> Option<usize> {
    let schemes = ["http://", "https://"];
    schemes.iter().filter_map(|scheme| text.find(scheme)).min()
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn addresses_are_found_without_the_punctuation_behind_them() {
        let text = "Moved. See https://book.example.org/b/x?y=1, or (http://a.example).";

        let links: Vec<_> =
            pieces(text).into_iter().filter(|piece| piece.link).map(|piece| piece.text).collect();

        assert_eq!(links, ["https://book.example.org/b/x?y=1", "http://a.example"]);
        let whole: String = pieces(text).into_iter().map(|piece| piece.text).collect();
        assert_eq!(whole, text);
    }
}
