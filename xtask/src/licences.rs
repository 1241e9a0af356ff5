//! Every crate's licence can be met by something that is itself "MIT OR Apache-2.0".

use crate::fault::Fault;
use crate::graph::{Graph, Package};
use crate::policy::Policy;
use crate::spdx;

pub(crate) fn check(graph: &Graph, policy: &Policy) -> Vec<Fault> {
    graph.packages.iter().filter_map(|package| fault_of(package, policy)).collect()
}

fn fault_of(package: &Package, policy: &Policy) -> Option<Fault> {
    let Package { name, version, .. } = package;
    let Some(expression) = &package.licence else {
        return Some(Fault::new(
            format!("{name} {version} states no licence in its manifest"),
            "read its licence file; leave the crate out unless its author adds the statement",
        ));
    };
    match spdx::satisfied(expression, &|licence| allows(policy, name, licence)) {
        Ok(true) => None,
        Ok(false) => Some(Fault::new(
            format!("{name} {version} is under `{expression}`, which deny.toml does not allow"),
            "choose another crate, or add the licence to `licenses` in deny.toml \
             if it is permissive and the reason stands beside it",
        )),
        Err(malformed) => Some(Fault::new(
            format!("the licence `{expression}` of {name} {version} is malformed: {malformed}"),
            "read its licence file; leave the crate out unless its author mends the statement",
        )),
    }
}

/// SPDX identifiers are compared without regard to case.
fn allows(policy: &Policy, package: &str, licence: &str) -> bool {
    let own = policy.exceptions.iter().filter(|exception| exception.package == package);
    let mut names = policy.licences.iter().chain(own.flat_map(|exception| &exception.licences));
    names.any(|name| name.eq_ignore_ascii_case(licence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Exception;

    fn policy() -> Policy {
        Policy {
            licences: vec!["MIT".to_owned()],
            exceptions: vec![Exception {
                package: "special".to_owned(),
                licences: vec!["MPL-2.0".to_owned()],
            }],
            bans: Vec::new(),
        }
    }

    #[test]
    fn a_licence_is_allowed_to_all_or_to_the_crate_of_its_exception() {
        for (name, licence, allowed) in [
            ("any", Some("MIT"), true),
            ("any", Some("mit"), true),
            ("any", Some("MPL-2.0"), false),
            ("special", Some("MPL-2.0 AND MIT"), true),
            ("any", Some("MIT AND"), false),
            ("any", None, false),
        ] {
            let licence = licence.map(str::to_owned);
            let package = Package { licence, ..Package::named(name) };
            let fault = fault_of(&package, &policy());
            assert_eq!(fault.is_none(), allowed, "{name} under {:?}", package.licence);
        }
    }
}
