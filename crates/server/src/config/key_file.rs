//! Keys in files: the one we make beside an SQLite database, and one that somebody else provides.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use secrecy::zeroize::Zeroizing;

use super::secrets::{LoadedKeys, SecretKey, SecretKeys};

/// Why keys cannot be had from a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// It is missing, or the system refuses.
    #[error("the key file {} cannot be used", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Somebody else on this machine may have read it.
    #[error(
        "the key file {} may be read by others: run `chmod 600` on it, and rotate the keys if \
         somebody may have done so",
        path.display()
    )]
    Exposed { path: PathBuf },
    /// It does not hold keys.
    #[error(
        "the key file {} does not hold `id:base64(32 bytes)`, one a line: restore it from a backup, \
         for without it nothing that is encrypted can be read",
        path.display()
    )]
    Malformed { path: PathBuf },
}

const LARGEST_FILE: u64 = 64 * 1024;

/// Reads keys from a file that somebody else looks after.
pub(super) fn load_given(path: &Path) -> Result<SecretKeys, KeyFileError> {
    let file = File::open(path).map_err(|source| io_error(path, source))?;
    read(path, file)
}

/// Reads our key file, or makes it with one new key when there is none. Two processes that start
/// together end up with the same key.
pub(crate) fn load_or_create_key_file(
    path: &Path,
    random: impl FnMut(&mut [u8]),
) -> Result<LoadedKeys, KeyFileError> {
    match load_own(path) {
        Err(KeyFileError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            let made = create(path, random).map_err(|source| io_error(path, source))?;
            Ok(LoadedKeys { keys: load_own(path)?, made: made.then(|| path.to_owned()) })
        }
        keys => Ok(LoadedKeys { keys: keys?, made: None }),
    }
}

fn load_own(path: &Path) -> Result<SecretKeys, KeyFileError> {
    let file = File::open(path).map_err(|source| io_error(path, source))?;
    let metadata = file.metadata().map_err(|source| io_error(path, source))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned() });
    }
    read(path, file)
}

fn read(path: &Path, file: File) -> Result<SecretKeys, KeyFileError> {
    let malformed = || KeyFileError::Malformed { path: path.to_owned() };
    let mut text = Zeroizing::new(String::new());
    let size = match file.take(LARGEST_FILE + 1).read_to_string(&mut text) {
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(malformed()),
        size => size.map_err(|source| io_error(path, source))?,
    };
    if u64::try_from(size).is_ok_and(|size| size > LARGEST_FILE) {
        return Err(malformed());
    }
    SecretKeys::parse(&text).map_err(|_expected| malformed())
}

/// Whether the file is ours; `false` when another process was faster. The key is complete and on
/// the disk before the file has its name, so a crash leaves no half a key.
fn create(path: &Path, mut random: impl FnMut(&mut [u8])) -> io::Result<bool> {
    let mut bytes = Zeroizing::new([0; 32]);
    random(&mut *bytes);
    let mut suffix = [0; 8];
    random(&mut suffix);
    let unnamed = path.with_extension(format!("key.{:016x}", u64::from_be_bytes(suffix)));
    let linked = write_key(&unnamed, &bytes).and_then(|()| match fs::hard_link(&unnamed, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        linked => linked.map(|()| true),
    });
    // A temporary file that was never made has nothing to remove.
    let removed = fs::remove_file(&unnamed);
    let made = linked?;
    removed?;
    sync_directory(path)?;
    Ok(made)
}

fn write_key(path: &Path, bytes: &[u8; 32]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let line = Zeroizing::new(SecretKey::encode("k1", bytes));
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

/// The name of a new file lasts only once its directory is on the disk.
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) | None => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

fn io_error(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn write(path: &Path, text: impl AsRef<[u8]>, mode: u32) {
        fs::write(path, text).expect("a writable folder");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
    }

    #[test]
    fn the_key_file_is_made_once_and_only_its_owner_may_read_it() {
        let folder = folder();
        let path = folder.path().join("doorstep.key");

        let first = load_or_create_key_file(&path, |bytes| bytes.fill(7)).expect("made");
        let second = load_or_create_key_file(&path, |bytes| bytes.fill(8)).expect("read");

        assert_eq!(first.made.as_deref(), Some(path.as_path()));
        assert_eq!(second.made, None);
        for loaded in [first, second] {
            assert_eq!(loaded.keys.first.bytes.expose_secret(), &[7; 32]);
        }
        let mode = fs::metadata(&path).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    #[test]
    fn who_comes_second_takes_the_key_of_the_first() {
        let folder = folder();
        let path = folder.path().join("doorstep.key");
        // The other process makes its file while this one is still asking for random bytes.
        let other = SecretKey::encode("other", &[9; 32]);

        let loaded = load_or_create_key_file(&path, |bytes| {
            write(&path, &other, 0o600);
            bytes.fill(7);
        })
        .expect("read");

        assert_eq!(loaded.keys.first.id, "other");
        assert_eq!(loaded.made, None);
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let folder = folder();
        let path = folder.path().join("doorstep.key");
        for mode in [0o640, 0o604, 0o644, 0o660] {
            write(&path, SecretKey::encode("k1", &[7; 32]), mode);

            let refused = load_or_create_key_file(&path, |_| unreachable!("nothing is made"));

            assert!(matches!(refused, Err(KeyFileError::Exposed { .. })), "{mode:o}");
        }
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_left_alone() {
        let folder = folder();
        let path = folder.path().join("doorstep.key");
        let large = vec![b'a'; 70_000];
        for text in [&b""[..], b"hunter2", b"k1:hunter2", b"\xff\xfe", &large] {
            write(&path, text, 0o600);

            let refused = load_or_create_key_file(&path, |_| unreachable!("nothing is made"));

            let error = refused.expect_err("not keys");
            assert!(matches!(error, KeyFileError::Malformed { .. }), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert_eq!(fs::read(&path).expect("still there"), text);
        }
    }

    #[test]
    fn a_given_file_must_be_there_and_may_be_readable_by_others() {
        let folder = folder();
        let path = folder.path().join("keys");

        let missing = load_given(&path);
        write(&path, SecretKey::encode("mine", &[7; 32]), 0o444);
        let given = load_given(&path).expect("a key");

        assert!(matches!(missing, Err(KeyFileError::Io { .. })));
        assert_eq!(given.first.id, "mine");
    }
}
