//! Folders of servers, and the user who owns them.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A user and a group that are not ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Owner {
    /// Whom root lends a server to, since it refuses to run as root: the user that Debian's package
    /// makes, or nobody. `None` for whoever is not root.
    pub(crate) fn for_servers() -> io::Result<Option<Self>> {
        if id("-u", None)? != 0 {
            return Ok(None);
        }
        let ids =
            |name: &str| Ok(Self { user: id("-u", Some(name))?, group: id("-g", Some(name))? });
        ids("postgres").or_else(|_missing: io::Error| ids("nobody")).map(Some)
    }
}

/// A folder for one server, which only its owner may look into.
pub(crate) fn make_folder(kind: &str, owner: Option<Owner>) -> io::Result<PathBuf> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("doorstep-{kind}-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    // What a process of the same number left behind when it was killed.
    let _ = fs::remove_dir_all(&folder);
    DirBuilder::new().mode(0o700).create(&folder)?;
    fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
    if let Some(owner) = owner {
        chown(&folder, Some(owner.user), Some(owner.group))?;
    }
    Ok(folder)
}

fn id(what: &str, name: Option<&str>) -> io::Result<u32> {
    let output = Command::new("id").arg(what).args(name).stderr(Stdio::null()).output()?;
    let id = String::from_utf8_lossy(&output.stdout);
    id.trim().parse().map_err(|_unknown| io::Error::other(format!("`id` does not know {name:?}")))
}
