//! Dependencies point one way: `domain ← {store, providers} ← app ← web ← server`.
//!
//! `sandbox` knows none of the others, so that it cannot share their misunderstandings; their
//! tests may use it, and `testbed`, which starts servers for them. `scenarios` tests the wired
//! whole and `bench` measures it: they may know everything.

use crate::fault::Fault;
use crate::graph::{Dependency, Graph, Kind, Package};

const DOMAIN: &str = "doorstep-domain";
const STORE: &str = "doorstep-store";
const PROVIDERS: &str = "doorstep-providers";
const APP: &str = "doorstep-app";
const WEB: &str = "doorstep-web";
const SANDBOX: &str = "doorstep-sandbox";
const SERVER: &str = "doorstep-server";
const TESTBED: &str = "doorstep-testbed";
const SCENARIOS: &str = "doorstep-scenarios";
const BENCH: &str = "doorstep-bench";

/// Each crate of ours, and those of ours that it may know.
const CRATES: [(&str, &[&str]); 11] = [
    (DOMAIN, &[]),
    (STORE, &[DOMAIN]),
    (PROVIDERS, &[DOMAIN]),
    (APP, &[DOMAIN, STORE, PROVIDERS]),
    (WEB, &[DOMAIN, STORE, PROVIDERS, APP]),
    (SERVER, &[DOMAIN, STORE, PROVIDERS, APP, WEB, SANDBOX]),
    (SANDBOX, &[]),
    (SCENARIOS, &[DOMAIN, STORE, PROVIDERS, APP, WEB, SANDBOX, SERVER, TESTBED]),
    (BENCH, &[DOMAIN, STORE, PROVIDERS, APP, WEB, SANDBOX, SERVER]),
    (TESTBED, &[]),
    ("xtask", &[TESTBED]),
];

/// Foreign crates that stand for a kind of work, and our only crates that do that work.
const TRADES: [(&str, &[&str]); 5] = [
    ("rusqlite", &[STORE, SANDBOX, BENCH]),
    ("tokio-postgres", &[STORE, TESTBED]),
    ("deadpool-postgres", &[STORE]),
    ("reqwest", &[PROVIDERS, SANDBOX, SCENARIOS]),
    ("lettre", &[PROVIDERS]),
];

/// `domain` is pure: no I/O, no async, no clock of its own, no chance, no logging, no wire form.
const KEPT_OUT_OF_DOMAIN: [&str; 10] = [
    "axum",
    "futures",
    "getrandom",
    "hyper",
    "log",
    "rand",
    "serde",
    "serde_json",
    "tokio",
    "tracing",
];

pub(crate) fn check(graph: &Graph) -> Vec<Fault> {
    graph.ours().flat_map(faults_of).collect()
}

fn faults_of(package: &Package) -> Vec<Fault> {
    let Some((_, known)) = CRATES.iter().find(|(name, _)| *name == package.name) else {
        return vec![Fault::new(
            format!("the architecture has no place for the crate {}", package.name),
            "make it a module of the crate it serves, or give it a line in xtask's `architecture` \
             and a paragraph in ARCHITECTURE.md",
        )];
    };
    let fault = |dependency| fault_of(&package.name, known, dependency);
    package.dependencies.iter().filter_map(fault).collect()
}

fn fault_of(package: &str, known: &[&str], dependency: &Dependency) -> Option<Fault> {
    let name = dependency.name.as_str();
    let in_tests = dependency.kind == Kind::Development;
    if CRATES.iter().any(|(ours, _)| *ours == name) {
        let fine = known.contains(&name) || in_tests && [SANDBOX, TESTBED].contains(&name);
        return (!fine).then(|| points_the_wrong_way(package, name));
    }
    if in_tests {
        return None;
    }
    if package == DOMAIN && KEPT_OUT_OF_DOMAIN.contains(&name) {
        return Some(Fault::new(
            format!("{package} depends on {name}, and `domain` is pure"),
            "hand the value in as an argument, and do the work in the crate that calls",
        ));
    }
    let (_, workers) = TRADES.iter().find(|(trade, _)| *trade == name)?;
    (!workers.contains(&package)).then(|| another_crates_trade(package, name, workers))
}

fn points_the_wrong_way(package: &str, dependency: &str) -> Fault {
    Fault::new(
        format!("{package} depends on {dependency}, which is against the direction"),
        "domain ← {store, providers} ← app ← web ← server: move the code to the lower crate, \
         or pass what it makes as a value; only tests may use `sandbox` and `testbed` from anywhere",
    )
}

fn another_crates_trade(package: &str, dependency: &str, workers: &[&str]) -> Fault {
    Fault::new(
        format!("{package} depends on {dependency}"),
        format!("that is the work of {}: add what you need there and call it", workers.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, Kind)]) -> Package {
        let dependency =
            |(name, kind): &(&str, Kind)| Dependency { name: (*name).to_owned(), kind: *kind };
        Package {
            ours: true,
            dependencies: dependencies.iter().map(dependency).collect(),
            ..Package::named(name)
        }
    }

    fn is_fine(from: &str, to: &str, kind: Kind) -> bool {
        faults_of(&package(from, &[(to, kind)])).is_empty()
    }

    #[test]
    fn dependencies_point_one_way() {
        let order = [DOMAIN, STORE, APP, WEB, SERVER];
        for (place, upper) in order.iter().enumerate() {
            for lower in &order[..place] {
                assert!(is_fine(upper, lower, Kind::Normal), "{upper} may know {lower}");
                assert!(!is_fine(lower, upper, Kind::Normal), "{lower} may not know {upper}");
            }
        }
    }

    #[test]
    fn store_and_providers_do_not_know_each_other() {
        assert!(!is_fine(STORE, PROVIDERS, Kind::Normal));
        assert!(!is_fine(PROVIDERS, STORE, Kind::Development));
    }

    #[test]
    fn sandbox_knows_none_of_ours_and_only_the_server_ships_it() {
        for name in [DOMAIN, STORE, PROVIDERS, APP, WEB, SERVER] {
            assert!(!is_fine(SANDBOX, name, Kind::Normal), "sandbox may not know {name}");
            assert!(!is_fine(SANDBOX, name, Kind::Development), "nor may its tests know {name}");
        }
        assert!(is_fine(PROVIDERS, SANDBOX, Kind::Development));
        assert!(!is_fine(PROVIDERS, SANDBOX, Kind::Normal));
        assert!(is_fine(SERVER, SANDBOX, Kind::Normal));
    }

    #[test]
    fn only_tests_start_servers_for_tests() {
        assert!(is_fine(STORE, TESTBED, Kind::Development));
        assert!(!is_fine(STORE, TESTBED, Kind::Normal));
        assert!(is_fine("xtask", TESTBED, Kind::Normal));
    }

    #[test]
    fn domain_is_pure_and_each_trade_has_its_crate() {
        assert!(!is_fine(DOMAIN, "tokio", Kind::Normal));
        assert!(is_fine(DOMAIN, "tokio", Kind::Development));
        assert!(is_fine(STORE, "rusqlite", Kind::Normal));
        assert!(!is_fine(WEB, "rusqlite", Kind::Normal));
        assert!(!is_fine(APP, "lettre", Kind::Build));
    }

    #[test]
    fn a_crate_without_a_place_is_a_fault() {
        assert!(!faults_of(&package("doorstep-extras", &[])).is_empty());
        assert!(faults_of(&package(SCENARIOS, &[(SERVER, Kind::Normal)])).is_empty());
    }
}
