//! The files that are committed, or would be: none names a path of somebody's machine, and none
//! of ours in Rust has outgrown one idea.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::fault::Fault;

/// Past this a Rust file usually holds two ideas.
const MAX_LINES: usize = 700;

/// First folders of paths that exist on one machine only: homes, checkouts, scratch space.
const FOLDERS_OF_A_MACHINE: [&str; 5] = ["Users", "home", "root", "tmp", "work"];

/// A file of the repository, by its path from the root, which Git writes with `/`.
pub(crate) struct Tracked {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every text file that Git tracks or would add.
pub(crate) fn load(root: &Path) -> Result<Vec<Tracked>, Fault> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = cargo::read(&mut git, "run this in a Git checkout of the repository")?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let paths = listed.split_terminator('\0');
    Ok(paths.filter_map(|path| read(root, path)).collect())
}

/// `None` for what is deleted but not yet committed as such, and for what is no text.
fn read(root: &Path, path: &str) -> Option<Tracked> {
    let text = fs::read_to_string(root.join(PathBuf::from(path))).ok()?;
    Some(Tracked { path: path.to_owned(), text })
}

pub(crate) fn check(files: &[Tracked]) -> Vec<Fault> {
    files.iter().flat_map(|file| machine_paths(file).chain(too_long(file))).collect()
}

fn machine_paths(file: &Tracked) -> impl Iterator<Item = Fault> {
    let numbered = file.text.lines().zip(1..);
    numbered.filter_map(|(line, number)| {
        let found = machine_path_in(line)?;
        Some(Fault::new(
            format!("{}:{number} names `{found}`, a path of one machine", file.path),
            "write it from the repository's root, or let the program ask for a folder",
        ))
    })
}

/// The first path in the line that starts in one of the folders.
fn machine_path_in(line: &str) -> Option<&str> {
    let starts = line.match_indices('/').filter(|(at, _)| begins_a_path(&line[..*at]));
    starts.map(|(at, _)| path_at(&line[at..])).find(|path| {
        let mut parts = path[1..].split('/');
        let folder = parts.next().unwrap_or_default();
        FOLDERS_OF_A_MACHINE.contains(&folder) && parts.next().is_some_and(|rest| !rest.is_empty())
    })
}

/// Not inside a longer path, a URL or a closing tag.
fn begins_a_path(before: &str) -> bool {
    let last = before.chars().next_back();
    last.is_none_or(|c| {
        !c.is_alphanumeric() && !matches!(c, '/' | '.' | '-' | '_' | '}' | '<' | '~')
    })
}

fn path_at(text: &str) -> &str {
    let ends = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '-' | '_');
    &text[..text.find(ends).unwrap_or(text.len())]
}

fn too_long(file: &Tracked) -> Option<Fault> {
    let rust = Path::new(&file.path).extension().is_some_and(|extension| extension == "rs");
    let lines = file.text.lines().count();
    (rust && lines > MAX_LINES).then(|| {
        Fault::warning(
            format!("{} has {lines} lines, more than {MAX_LINES}", file.path),
            "look for the second idea, and give it a file named after it",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Weight;

    fn tracked(path: &str, text: String) -> Tracked {
        Tracked { path: path.to_owned(), text }
    }

    #[test]
    fn a_path_of_a_machine_is_found_wherever_it_stands() {
        for folder in FOLDERS_OF_A_MACHINE {
            let path = format!("/{folder}/ada/doorstep");
            for line in [format!("{path} first"), format!("in \"{path}\""), format!("DIR={path}")] {
                assert_eq!(machine_path_in(&line), Some(path.as_str()), "{line}");
            }
        }
    }

    #[test]
    fn addresses_routes_and_relative_paths_are_no_paths_of_a_machine() {
        for line in [
            "https://example.com/home/ada",
            "./home/ada and ../Users/ada and docs/home/ada",
            "the route /home and the folder /Users",
            "</home>",
            "format!(\"{base}/home/ada\")",
            "/usr/bin/env",
        ] {
            assert_eq!(machine_path_in(line), None, "{line}");
        }
    }

    #[test]
    fn a_machine_path_is_reported_with_its_line() {
        let file =
            tracked("docs/start.md", format!("first\nsee /{}/ada/x\n", FOLDERS_OF_A_MACHINE[0]));

        let faults: Vec<_> = machine_paths(&file).collect();

        assert_eq!(faults.len(), 1);
        assert!(faults[0].to_string().contains("docs/start.md:2"), "{}", faults[0]);
    }

    #[test]
    fn a_long_rust_file_is_a_warning_and_other_files_may_be_long() {
        let at_limit = tracked("src/a.rs", "//\n".repeat(MAX_LINES));
        let over = tracked("src/a.rs", "//\n".repeat(MAX_LINES + 1));
        let table = tracked("data.json", "0\n".repeat(MAX_LINES + 1));

        assert_eq!(too_long(&at_limit), None);
        assert_eq!(too_long(&over).map(|fault| fault.weight), Some(Weight::Warning));
        assert_eq!(too_long(&table), None);
    }
}
