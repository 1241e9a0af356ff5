//! Crates that may not be in the graph at all, or not twice, by `bans` in `deny.toml`.

use crate::fault::Fault;
use crate::graph::{Graph, Package};
use crate::policy::{Ban, Extent, Policy};

pub(crate) fn check(graph: &Graph, policy: &Policy) -> Vec<Fault> {
    policy.bans.iter().flat_map(|ban| faults_of(ban, &graph.packages)).collect()
}

fn faults_of(ban: &Ban, packages: &[Package]) -> Vec<Fault> {
    let found: Vec<_> = packages.iter().filter(|package| package.name == ban.package).collect();
    match &ban.extent {
        Extent::SecondVersion if found.len() < 2 => Vec::new(),
        Extent::SecondVersion => found.iter().map(|package| fault(ban, package)).collect(),
        Extent::ExceptBelow(wrappers) => found
            .iter()
            .filter(|package| !package.parents.iter().all(|parent| wrappers.contains(parent)))
            .map(|package| fault(ban, package))
            .collect(),
    }
}

fn fault(ban: &Ban, package: &Package) -> Fault {
    let parents = package.parents.join(", ");
    Fault::new(
        format!("{} {} is in the graph, through {parents}", package.name, package.version),
        format!("deny.toml: {}; `cargo tree --invert {} -e all`", ban.reason, package.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, parents: &[&str]) -> Package {
        Package {
            version: version.to_owned(),
            parents: parents.iter().map(ToString::to_string).collect(),
            ..Package::named(name)
        }
    }

    fn ban(extent: Extent) -> Ban {
        Ban { package: "banned".to_owned(), reason: "a reason".to_owned(), extent }
    }

    #[test]
    fn a_banned_crate_is_a_fault_unless_every_parent_is_a_wrapper() {
        let below_wrapper = ban(Extent::ExceptBelow(vec!["wrapper".to_owned()]));

        let only_wrapped = [package("banned", "1.0.0", &["wrapper"])];
        assert_eq!(faults_of(&below_wrapper, &only_wrapped), []);
        let also_direct = [package("banned", "1.0.0", &["wrapper", "other"])];
        assert_eq!(faults_of(&below_wrapper, &also_direct).len(), 1);
        assert_eq!(faults_of(&ban(Extent::ExceptBelow(Vec::new())), &only_wrapped).len(), 1);
    }

    #[test]
    fn a_second_version_is_a_fault_and_one_is_none() {
        let once = [package("banned", "1.0.0", &["a"]), package("other", "2.0.0", &["a"])];
        let twice = [package("banned", "1.0.0", &["a"]), package("banned", "2.0.0", &["b"])];

        assert_eq!(faults_of(&ban(Extent::SecondVersion), &once), []);
        assert_eq!(faults_of(&ban(Extent::SecondVersion), &twice).len(), 2);
    }
}
