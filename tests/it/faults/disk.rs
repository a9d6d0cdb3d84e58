//! No room for documents, and a folder that cannot be written to: uploads are refused cleanly, the rest works, and so
//! do uploads afterwards.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::client::{Ask, Client};
use super::server::{Plan, Server};
use super::world::{Folder, Owner};
use crate::support::database_url;
use crate::support::mutation::jpeg;

/// Bytes of the disk, of what fills it, and of a picture that does not fit any more.
const DISK: usize = 512 * 1024;
const FILLED: usize = 300 * 1024;
const PICTURE: usize = 350 * 1024;

struct One {
    folder: Folder,
    owner: Owner,
    client: Client,
    server: Server,
}

impl One {
    async fn up(folder: Folder, with: impl FnOnce(Plan) -> Plan) -> Self {
        let (data, database) = (folder.data_of_the_run(), database_url());
        open_to_others(&database);
        let plan = with(Plan::new(&data, &database));
        let client = Client::new(&plan.url()).knows(&data);
        let server = plan.up(&client).await;
        Self { folder, owner: Owner(database), client, server }
    }

    /// The documents as the server sees them: it may have a disk of its own.
    fn documents(&self) -> PathBuf {
        let outside = self.folder.0.join("data/documents");
        Path::new("/proc")
            .join(self.server.pid().to_string())
            .join("root")
            .join(outside.strip_prefix("/").expect("absolute"))
    }

    async fn case(&self) -> String {
        let body = json!({"service": "land-mutation", "submit": true});
        let opened = self.client.ask(&Ask::post("rahim", "/v1/cases", &body)).await.expect(201);
        opened.json["id"].as_str().expect("an id").to_owned()
    }

    fn upload(case: &str) -> Ask {
        let mut picture = jpeg();
        picture.resize(PICTURE, 0x5A);
        Ask::upload(
            "rahim",
            &format!("/v1/cases/{case}/documents?kind=photo&file_name=photo.jpg"),
            "image/jpeg",
            picture,
        )
    }

    /// The upload is refused, nothing of it is there, and everything else is as ever.
    async fn is_refused_cleanly(&self, case: &str, ask: &Ask) {
        let told = self.client.ask(ask).await;
        assert_eq!((told.status, &told.json["code"]), (503, &json!("unavailable")), "{}", told.json);
        assert!(!told.header("retry-after").is_empty());
        assert!(!told.json.to_string().contains("os error"), "{}", told.json);
        assert_eq!(self.owner.count("SELECT count(*) FROM documents").await, 0);
        assert_eq!(self.owner.count("SELECT count(*) FROM audit_entries WHERE action = 'document.add'").await, 0);
        let left: Vec<_> = std::fs::read_dir(self.documents().join("incoming")).expect("a folder").flatten().collect();
        assert!(left.is_empty(), "{left:?}");
        self.client.ask(&Ask::get("rahim", &format!("/v1/cases/{case}"))).await.expect(200);
        self.case().await;
    }

    /// The same request, asked again, is taken, and what was handed in is given back.
    async fn is_taken(&self, ask: &Ask) {
        let added = self.client.ask(ask).await.expect(201).json;
        let path = format!("/v1/documents/{}", added["id"].as_str().expect("an id"));
        assert_eq!(self.client.ask(&Ask::get("rahim", &path)).await.expect(200).bytes.len(), PICTURE);
    }
}

fn outcome(code: libc::c_int) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Gives the process a small disk of its own in place of a folder: seen by nobody else, gone with it.
fn small_disk(at: &Path) -> impl Fn() -> io::Result<()> + Send + Sync + 'static {
    let at = CString::new(at.as_os_str().as_bytes()).expect("a path");
    let size = CString::new(format!("size={DISK}")).expect("a text");
    move || {
        let nothing = std::ptr::null();
        // SAFETY: plain system calls on strings that live as long as the closure.
        unsafe {
            outcome(libc::unshare(libc::CLONE_NEWNS))?;
            outcome(libc::mount(nothing, c"/".as_ptr(), nothing, libc::MS_REC | libc::MS_PRIVATE, nothing.cast()))?;
            outcome(libc::mount(c"tmpfs".as_ptr(), at.as_ptr(), c"tmpfs".as_ptr(), 0, size.as_ptr().cast()))
        }
    }
}

/// Lets no file grow beyond what would fit, as a quota does. The signal that comes with it is not for us.
fn small_files() -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: (DISK - FILLED) as libc::rlim_t, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: plain system calls.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        outcome(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit))
    }
}

/// Whether this user may mount something.
fn may_mount(at: &Path) -> bool {
    let mut probe = Command::new("true");
    let disk = small_disk(at);
    // SAFETY: the closure makes system calls only.
    unsafe { probe.pre_exec(disk) };
    probe.status().is_ok_and(|status| status.success())
}

#[actix_web::test]
async fn a_full_disk_refuses_uploads_and_nothing_else() {
    let folder = Folder::new("full");
    let documents = folder.0.join("data/documents");
    std::fs::create_dir_all(&documents).expect("a folder");
    if !may_mount(&documents) {
        eprintln!("left out: only who may mount a disk can show this; a quota is shown all the same");
        return;
    }
    let one = One::up(folder, |plan| plan.prepared(small_disk(&documents))).await;
    let case = one.case().await;
    let filler = one.documents().join("filler");
    std::fs::write(&filler, vec![0; FILLED]).expect("there is room for it");
    let ask = One::upload(&case);
    for _ in 0..3 {
        one.is_refused_cleanly(&case, &ask).await;
    }
    std::fs::remove_file(filler).expect("ours");
    one.is_taken(&ask).await;
}

#[actix_web::test]
async fn a_quota_refuses_uploads_and_nothing_else() {
    let one = One::up(Folder::new("quota"), |plan| plan.prepared(small_files)).await;
    let case = one.case().await;
    let ask = One::upload(&case);
    one.is_refused_cleanly(&case, &ask).await;
    let all = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: a plain system call on our own child.
    let lifted = unsafe { libc::prlimit(one.server.pid(), libc::RLIMIT_FSIZE, &raw const all, std::ptr::null_mut()) };
    outcome(lifted).expect("lifted");
    one.is_taken(&ask).await;
}

/// Lets everybody on this machine connect, who has the password: a root that may not write everywhere is nobody special.
fn open_to_others(url: &str) {
    let config: tokio_postgres::Config = url.parse().expect("a URL");
    let tokio_postgres::config::Host::Unix(sockets) = &config.get_hosts()[0] else { return };
    let socket = sockets.join(format!(".s.PGSQL.{}", config.get_ports()[0]));
    for (path, mode) in [(sockets, 0o711), (&socket, 0o777)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
    }
}

/// Takes from root what lets it write everywhere.
fn as_others() -> io::Result<()> {
    /// linux/capability.h.
    const CAP_DAC_OVERRIDE: libc::c_ulong = 1;
    // SAFETY: plain system calls. Who is not root has nothing to lose.
    unsafe {
        if libc::geteuid() == 0 {
            outcome(libc::prctl(libc::PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0))?;
        }
    }
    Ok(())
}

#[actix_web::test]
async fn a_read_only_folder_refuses_uploads_and_nothing_else() {
    let one = One::up(Folder::new("readonly"), |plan| plan.prepared(as_others)).await;
    let case = one.case().await;
    let documents = one.folder.0.join("data/documents");
    let ask = One::upload(&case);
    let mode = |name: &str, mode: u32| {
        std::fs::create_dir_all(documents.join(name)).expect("a folder");
        std::fs::set_permissions(documents.join(name), std::fs::Permissions::from_mode(mode)).expect("ours");
    };
    // Where contents are received, and where they are kept once they are whole.
    for name in ["incoming", "sha256"] {
        mode(name, 0o555);
        one.is_refused_cleanly(&case, &ask).await;
        mode(name, 0o755);
    }
    one.is_taken(&ask).await;
}
