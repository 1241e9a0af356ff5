//! The dependency graph as `cargo metadata` tells it, for every target and every feature.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cargo;
use crate::fault::Fault;

/// All packages that may take part in a build, ours among them.
pub(crate) struct Graph {
    pub(crate) root: PathBuf,
    /// The folder that Cargo builds into.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The SPDX expression of the manifest, where it has one.
    pub(crate) licence: Option<String>,
    /// Whether the package is a member of this workspace.
    pub(crate) ours: bool,
    /// Whether the package has a library whose documentation may hold tests.
    pub(crate) has_doc_tests: bool,
    pub(crate) dependencies: Vec<Dependency>,
    /// The names of the packages that depend on this one in the resolved graph.
    pub(crate) parents: Vec<String>,
}

/// A line of a manifest, before features and targets are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Development,
}

impl Graph {
    /// Asks Cargo about the workspace around the current folder.
    pub(crate) fn load() -> Result<Self, Fault> {
        let arguments = ["metadata", "--format-version", "1", "--locked", "--all-features"];
        let mut command = cargo::cargo(Path::new("."));
        let output = cargo::read(
            command.args(arguments),
            "commit the `Cargo.lock` that `cargo check --workspace` writes; \
             manifests of crates for other systems are fetched once, so be online the first time",
        )?;
        let metadata: Value = serde_json::from_slice(&output)
            .map_err(|error| unreadable(&format!("the JSON is broken: {error}")))?;
        Self::parse(&metadata)
    }

    fn parse(metadata: &Value) -> Result<Self, Fault> {
        let root = text(metadata, "workspace_root")?.into();
        let target = text(metadata, "target_directory")?.into();
        let members = list(metadata, "workspace_members")?;
        let parents = parents(metadata)?;
        let packages = list(metadata, "packages")?
            .iter()
            .map(|package| parse_package(package, members, &parents))
            .collect::<Result<_, _>>()?;
        Ok(Self { root, target, packages })
    }

    /// The packages of this workspace.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.ours)
    }
}

#[cfg(test)]
impl Package {
    /// A package about which only its name is known, for a test to fill in.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: None,
            ours: false,
            has_doc_tests: false,
            dependencies: Vec::new(),
            parents: Vec::new(),
        }
    }
}

fn parse_package(
    package: &Value,
    members: &[Value],
    parents: &BTreeMap<String, Vec<String>>,
) -> Result<Package, Fault> {
    let id = text(package, "id")?;
    let dependencies =
        list(package, "dependencies")?.iter().map(parse_dependency).collect::<Result<_, _>>()?;
    Ok(Package {
        name: text(package, "name")?.to_owned(),
        version: text(package, "version")?.to_owned(),
        licence: package["license"].as_str().map(str::to_owned),
        ours: members.iter().any(|member| member == id),
        has_doc_tests: list(package, "targets")?.iter().any(|target| target["doctest"] == true),
        dependencies,
        parents: parents.get(id).cloned().unwrap_or_default(),
    })
}

fn parse_dependency(dependency: &Value) -> Result<Dependency, Fault> {
    let kind = match dependency["kind"].as_str() {
        None => Kind::Normal,
        Some("build") => Kind::Build,
        Some("dev") => Kind::Development,
        Some(other) => return Err(unreadable(&format!("`{other}` is no kind of dependency"))),
    };
    Ok(Dependency { name: text(dependency, "name")?.to_owned(), kind })
}

/// The names of the parents, by the identifier of the package they depend on.
fn parents(metadata: &Value) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let mut names = BTreeMap::new();
    for package in list(metadata, "packages")? {
        names.insert(text(package, "id")?, text(package, "name")?);
    }
    let mut parents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in list(&metadata["resolve"], "nodes")? {
        let parent = names.get(text(node, "id")?).copied().unwrap_or_default();
        for dependency in list(node, "deps")? {
            let child = text(dependency, "pkg")?.to_owned();
            parents.entry(child).or_default().push(parent.to_owned());
        }
    }
    Ok(parents)
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, Fault> {
    value[key].as_str().ok_or_else(|| unreadable(&format!("`{key}` is no text")))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], Fault> {
    let array = value[key].as_array().ok_or_else(|| unreadable(&format!("`{key}` is no list")));
    array.map(Vec::as_slice)
}

fn unreadable(why: &str) -> Fault {
    Fault::new(
        format!("`cargo metadata` says something unexpected: {why}"),
        "use the toolchain named by `rust-version` in the root Cargo.toml, or mend xtask's `graph`",
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a fixture that does not parse fails the test")]

    use serde_json::json;

    use super::*;

    fn metadata() -> Value {
        json!({
            "workspace_root": "/checkout",
            "target_directory": "/checkout/target",
            "workspace_members": ["ours-id"],
            "packages": [
                {
                    "id": "ours-id", "name": "ours", "version": "0.1.0", "license": "MIT",
                    "targets": [{ "doctest": true }],
                    "dependencies": [
                        { "name": "theirs", "kind": null },
                        { "name": "proptest", "kind": "dev" },
                    ],
                },
                {
                    "id": "theirs-id", "name": "theirs", "version": "2.0.0", "license": null,
                    "targets": [{ "doctest": false }], "dependencies": [],
                },
            ],
            "resolve": { "nodes": [
                { "id": "ours-id", "deps": [{ "pkg": "theirs-id" }] },
                { "id": "theirs-id", "deps": [] },
            ] },
        })
    }

    #[test]
    fn a_package_knows_its_dependencies_and_its_parents() {
        let graph = Graph::parse(&metadata()).unwrap();

        let [ours, theirs] = graph.packages.as_slice() else { panic!("two packages") };
        assert_eq!(
            ours.dependencies,
            [
                Dependency { name: "theirs".to_owned(), kind: Kind::Normal },
                Dependency { name: "proptest".to_owned(), kind: Kind::Development },
            ]
        );
        assert_eq!(theirs.parents, ["ours"]);
        assert_eq!(theirs.licence, None);
    }

    #[test]
    fn only_members_of_the_workspace_are_ours() {
        let graph = Graph::parse(&metadata()).unwrap();

        let ours: Vec<_> = graph.ours().map(|package| &package.name).collect();
        assert_eq!(ours, ["ours"]);
    }

    #[test]
    fn an_answer_of_another_shape_is_a_fault_and_no_panic() {
        let mut broken = metadata();
        broken["packages"][0]["dependencies"] = json!("none");

        assert!(Graph::parse(&broken).is_err());
    }
}
