//! Links in Markdown that stay inside the repository lead to a file, and to a heading in it.
//!
//! It reads the two forms of link that we write, `[text](target)` and `[label]: target`, outside
//! of code. It does not fetch anything: links to the web are not its business.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::fault::Fault;
use crate::files::Tracked;

pub(crate) fn check(root: &Path, files: &[Tracked]) -> Vec<Fault> {
    let pages: Vec<_> = files.iter().filter(|file| is_markdown(&file.path)).collect();
    let headings = pages.iter().map(|page| (page.path.as_str(), anchors(&page.text))).collect();
    let site = Site { root, headings };
    pages.iter().flat_map(|page| site.faults_of(page)).collect()
}

fn is_markdown(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "md")
}

/// What a link may lead to.
struct Site<'a> {
    root: &'a Path,
    /// The anchors of each Markdown file, by its path from the root.
    headings: BTreeMap<&'a str, Vec<String>>,
}

impl Site<'_> {
    fn faults_of(&self, page: &Tracked) -> Vec<Fault> {
        let broken = |(number, target): &(usize, &str)| {
            let why = self.breaks(&page.path, target)?;
            Some(Fault::new(
                format!("{}:{number} links to `{target}`: {why}", page.path),
                "point it to what is there now, or write what it promises",
            ))
        };
        targets(&page.text).iter().filter_map(broken).collect()
    }

    /// Why the link leads nowhere; `None` when it does not.
    fn breaks(&self, page: &str, target: &str) -> Option<&'static str> {
        if leaves_the_repository(target) {
            return None;
        }
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let Some(path) = resolve(page, file) else {
            return Some("that is outside of the repository");
        };
        if !self.root.join(&path).exists() {
            return Some("there is no such file");
        }
        let anchors = self.headings.get(path.to_str()?)?;
        let found = anchor.is_empty() || anchors.iter().any(|heading| heading == anchor);
        (!found).then_some("the file has no such heading")
    }
}

/// Whether it has a scheme, such as `https:` or `mailto:`, or only a host.
fn leaves_the_repository(target: &str) -> bool {
    let scheme = target.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+')
    });
    scheme || target.starts_with("//")
}

/// The path from the repository's root: a leading `/` means the root, and an empty path the page.
fn resolve(page: &str, file: &str) -> Option<PathBuf> {
    if file.is_empty() {
        return Some(page.into());
    }
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    let joined = match file.strip_prefix('/') {
        Some(from_root) => PathBuf::from(from_root),
        None => folder.join(file),
    };
    normal(&joined)
}

/// Without `.` and `..`; `None` when that climbs over the root.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => resolved.push(name),
            Component::CurDir => {}
            Component::ParentDir => resolved.pop().then_some(())?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}

/// The targets of the page's links, each with the number of its line.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let lines = prose(text);
    lines.flat_map(|(number, line)| targets_in(line).map(move |target| (number, target))).collect()
}

/// The lines outside of fenced code, numbered from one.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence = None;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let opener = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, opener) {
            (None, None) => true,
            (None, Some(_)) => {
                fence = opener;
                false
            }
            (Some(_), _) => {
                if fence == opener {
                    fence = None;
                }
                false
            }
        }
    })
}

fn targets_in(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.match_indices("](").filter(|(at, _)| !inside_code(&line[..*at]));
    let inline = inline.filter_map(|(at, mark)| {
        let rest = &line[at + mark.len()..];
        rest.find(')').map(|end| bare(&rest[..end]))
    });
    inline.chain(definition_in(line))
}

/// `[label]: target`, at the start of a line; a footnote (`[^1]: …`) is prose.
fn definition_in(line: &str) -> Option<&str> {
    let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
    let is_label = !label.starts_with('^') && !label.contains([']', '(']);
    (is_label && !target.is_empty()).then(|| bare(target))
}

/// An odd number of back-ticks before a place means that it is inside a code span.
fn inside_code(before: &str) -> bool {
    before.matches('`').count() % 2 == 1
}

/// The target without its title and its angle brackets.
fn bare(target: &str) -> &str {
    let target = target.split_whitespace().next().unwrap_or_default();
    target.strip_prefix('<').and_then(|target| target.strip_suffix('>')).unwrap_or(target)
}

/// The anchors that code hosts make from headings; a repeated one gets `-1`, `-2` and so on.
fn anchors(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = prose(text).filter_map(|(_, line)| heading(line));
    headings
        .map(|heading| {
            let anchor = anchor(heading);
            let earlier = seen.entry(anchor.clone()).or_default();
            *earlier += 1;
            if *earlier == 1 { anchor } else { format!("{anchor}-{}", *earlier - 1) }
        })
        .collect()
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    ((1..=6).contains(&level) && text.starts_with(' ')).then(|| text.trim())
}

fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let letters = heading.chars().filter(kept).flat_map(char::to_lowercase);
    letters.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let page = "\
See [a](one.md), ![b](two.svg \"title\") and [c](<three.md>).
[d]: four.md
[^1]: a footnote
`[e](code.md)` and [f](five.md)
```rust
[g](fenced.md)
```
[h](six.md)";

        let found: Vec<_> = targets(page);

        let expected = [
            (1, "one.md"),
            (1, "two.svg"),
            (1, "three.md"),
            (2, "four.md"),
            (4, "five.md"),
            (8, "six.md"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_target_is_resolved_from_its_page_or_from_the_root() {
        for (target, path) in [
            ("setup.md", Some("docs/setup.md")),
            ("../README.md", Some("README.md")),
            ("/README.md", Some("README.md")),
            ("./problems/", Some("docs/problems")),
            ("", Some("docs/start.md")),
            ("../../other/README.md", None),
        ] {
            assert_eq!(resolve("docs/start.md", target), path.map(PathBuf::from), "{target}");
        }
    }

    #[test]
    fn a_repeated_heading_gets_a_number() {
        let page = "# It's *right*: at once\n## Notes\n## Notes\n#hashtag\n```\n# a comment\n```\n";

        assert_eq!(anchors(page), ["its-right-at-once", "notes", "notes-1"]);
    }

    #[test]
    fn a_link_to_a_missing_file_or_heading_is_a_fault() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let headings = [("src/main.rs", vec!["first".to_owned()])].into();
        let site = Site { root, headings };

        let why = |target| site.breaks("src/page.md", target);

        assert_eq!(why("main.rs#first"), None);
        assert_eq!(why("main.rs#second"), Some("the file has no such heading"));
        assert_eq!(why("missing.rs"), Some("there is no such file"));
        assert_eq!(why("../../outside.md"), Some("that is outside of the repository"));
        assert_eq!(why("https://example.com/missing"), None);
        assert_eq!(why("mailto:ada@example.com"), None);
    }
}
