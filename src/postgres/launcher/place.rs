//! Where the server's folder and its socket go: what the account can enter, what fits into a socket's name.

use std::{
    fs, io,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
    },
    path::{Path, PathBuf},
};

use super::{
    account::Account,
    error::{Doing, LaunchError},
    folder::{PORT, START_LOCK},
};

/// `sun_path` has 108 bytes, the last of them a NUL (unix(7)).
const SOCKET_PATH_LIMIT: usize = 107;
/// How much of a path stands in the name of its substitute: so little that a socket still fits into it below
/// `/var/lib/<app>`.
const READABLE: usize = 32;

/// Where a database may already be: `wanted`, and its substitute below `fallback`.
pub(super) fn candidates(wanted: &Path, fallback: &Path) -> Vec<PathBuf> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let wanted = absolute(wanted);
    let substitute = absolute(fallback).join(substitute_name(&wanted));
    vec![wanted, substitute]
}

/// Prepares `wanted`; where the account we drop to cannot enter it (a checkout below a home of mode 0700), a folder
/// below `fallback` that is always the same for the same `wanted`. Returns it with the account that owns it.
pub(super) fn settle(wanted: &Path, fallback: &Path, account: Account) -> Result<(PathBuf, Account), LaunchError> {
    let wanted = std::path::absolute(wanted).doing("resolve", wanted)?;
    match prepare(&wanted, account) {
        Err(LaunchError::Unreachable { .. }) if account.drops => {
            let fallback = std::path::absolute(fallback).doing("resolve", fallback)?;
            let root = fallback.join(substitute_name(&wanted));
            let account = prepare(&root, account)?;
            Ok((root, account))
        }
        other => Ok((wanted, other?)),
    }
}

/// Makes `root` a private folder of the account. A database that is there already stays with the account that owns
/// it.
fn prepare(root: &Path, account: Account) -> Result<Account, LaunchError> {
    let missing: Vec<&Path> = root.ancestors().take_while(|path| !path.exists()).collect();
    let account = if missing.is_empty() { owner(root, account)? } else { account };
    // Only what leads to the folder: an existing folder may not have been given to the account yet.
    let above = root.ancestors().nth(missing.len().max(1)).unwrap_or(root);
    if !account.can_enter(above) {
        return Err(LaunchError::Unreachable { uid: account.uid, path: above.to_owned() });
    }
    for path in missing.into_iter().rev() {
        let mode = if path == root { 0o700 } else { 0o755 };
        match fs::DirBuilder::new().mode(mode).create(path) {
            // Whatever the umask is, the account has to come through.
            Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(mode)),
            // Another process starts at the same moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
        .doing("create", path)?;
    }
    if account.drops {
        chown(root, Some(account.uid), Some(account.gid)).doing("give away", root)?;
    }
    fs::set_permissions(root, fs::Permissions::from_mode(0o700)).doing("protect", root)?;
    Ok(account)
}

/// Who is to own an existing folder: refused where it holds something else, or somebody else's.
fn owner(root: &Path, account: Account) -> Result<Account, LaunchError> {
    let found = fs::metadata(root).doing("look at", root)?;
    if !account.drops && found.uid() != account.uid {
        return Err(LaunchError::Foreign { path: root.to_owned(), owner: found.uid() });
    }
    let mut entries = fs::read_dir(root).doing("list", root)?;
    if entries.next().is_some() && !root.join(START_LOCK).exists() {
        return Err(LaunchError::NotOurs(root.to_owned()));
    }
    match fs::metadata(root.join("data")) {
        Ok(data) if account.drops && data.uid() != 0 => Ok(Account { uid: data.uid(), gid: data.gid(), drops: true }),
        _ => Ok(account),
    }
}

/// The folder of the socket: `root`, or where its name is too long or has characters that a connection string would
/// split, a private one in the system's folder for temporary files.
pub(super) fn socket_folder(app: &str, root: &Path, account: Account) -> Result<PathBuf, LaunchError> {
    if fits(root) {
        return Ok(root.to_owned());
    }
    let folder = std::env::temp_dir().join(format!("{app}-{:016x}", fingerprint(root)));
    if !fits(&folder) {
        return Err(LaunchError::SocketFolder(folder));
    }
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) if account.drops => {
            chown(&folder, Some(account.uid), Some(account.gid)).doing("give away", &folder)?;
        }
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).doing("create", &folder),
    }
    // Everybody may write there: what stands under our name must be ours, and no link to elsewhere.
    let found = fs::symlink_metadata(&folder).doing("look at", &folder)?;
    if !found.is_dir() || found.uid() != account.uid || found.mode() & 0o077 != 0 {
        return Err(LaunchError::SocketFolderTaken(folder));
    }
    if !account.can_enter(&folder) {
        return Err(LaunchError::Unreachable { uid: account.uid, path: folder });
    }
    Ok(folder)
}

fn fits(folder: &Path) -> bool {
    let socket = folder.join(format!(".s.PGSQL.{PORT}"));
    let bytes = socket.as_os_str().as_bytes();
    bytes.len() <= SOCKET_PATH_LIMIT
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+~@".contains(byte))
}

/// A name that a person recognises and that no other path has: `home-me-data-5f0c…`.
fn substitute_name(wanted: &Path) -> String {
    let text = wanted.to_string_lossy();
    let readable: String = text
        .trim_start_matches('/')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .take(READABLE)
        .collect();
    format!("{readable}-{:016x}", fingerprint(wanted))
}

/// FNV-1a with 64 bits: the same in every release, as the standard library's hash is not. Names a folder, secures
/// nothing.
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        // Test vectors of draft-eastlake-fnv.
        assert_eq!(fingerprint(Path::new("")), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(Path::new("a")), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint(Path::new("foobar")), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_socket_path_has_at_most_107_bytes() {
        let name = "/.s.PGSQL.5432".len();
        assert!(fits(Path::new(&format!("/{}", "a".repeat(106 - name)))));
        assert!(!fits(Path::new(&format!("/{}", "a".repeat(107 - name)))));
        for odd in ["/a,b", "/a b", "/a'b", "/ä"] {
            assert!(!fits(Path::new(odd)), "{odd}");
        }
    }

    #[test]
    fn substitutes_are_recognisable_and_differ() {
        let one = substitute_name(Path::new("/srv/a/b"));
        assert!(one.starts_with("srv-a-b-"), "{one}");
        assert_ne!(one, substitute_name(Path::new("/srv/a-b")));
        let long = substitute_name(Path::new(&"/x".repeat(2_000)));
        assert!(fits(&Path::new("/var/lib").join("a".repeat(32)).join(long)));
    }
}
