//! Other systems whose certificates an authority of the operator's own has signed: believed where `GUICHET_CA_FILE` names
//! it, and not otherwise. Real servers with real certificates, all on this machine.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use guichet::files::{Files, Place, S3};
use guichet::kernel::roots;
use guichet::notify::{Mail, MailError, Mailer, Security, Server};

use crate::support::bare_database_url;
use crate::support::smtp::SmtpServer;

/// An authority (`ca.crt`) and a certificate of it for 127.0.0.1 (`own.crt`, `own.key`), into the folder `argv[1]`.
const AUTHORITY: &str = r"
import datetime, ipaddress, pathlib, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
folder = pathlib.Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
def certificate(name, key, issuer, signer, extension):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1)).add_extension(extension, critical=True))
    return made.sign(signer, hashes.SHA256())
def pem(what): return what.public_bytes(serialization.Encoding.PEM)
authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
root = certificate('an authority', authority, None, authority, x509.BasicConstraints(ca=True, path_length=0))
leaf = certificate('own', own, root.subject, authority,
    x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address('127.0.0.1'))]))
(folder / 'ca.crt').write_bytes(pem(root))
(folder / 'own.crt').write_bytes(pem(leaf))
(folder / 'own.key').write_bytes(own.private_bytes(serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
";

/// The keys of an issuer that has none, over TLS: `argv[1]` is the folder of the certificate. Prints its port.
const ISSUER: &str = r#"
import http.server, ssl, sys
class Keys(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        keys = b'{"keys": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(keys)))
        self.end_headers()
        self.wfile.write(keys)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{sys.argv[1]}/own.crt", f"{sys.argv[1]}/own.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

/// A process that ends with the value.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        Self(spawned.unwrap_or_else(|e| panic!("{command:?} (make test-deps installs it): {e}")))
    }

    /// The first line that it prints.
    fn line(&mut self) -> (String, BufReader<ChildStdout>) {
        let mut output = BufReader::new(self.0.stdout.take().expect("its output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        (line.trim().to_owned(), output)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn authority(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("guichet-trust-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let made = Command::new(SmtpServer::python()).args(["-c", AUTHORITY]).arg(&folder).output().expect("Python");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

/// The status of a request with a token that names a key of the issuer's.
async fn status(issuer: &str, ca_file: &Path) -> u16 {
    let data = std::env::temp_dir().join(format!("guichet-trust-{}-data", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
    command
        .env_clear()
        .env("DATABASE_URL", bare_database_url())
        .env("GUICHET_DATA", &data)
        .env("GUICHET_CA_FILE", ca_file);
    command.env("GUICHET_SERVICES", crate::support::services()).env("GUICHET_LISTEN", "127.0.0.1:0");
    command.env("GUICHET_ISSUER", "https://issuer.example").env("GUICHET_JWKS_URL", issuer);
    let mut server = Process::start(&mut command);
    // Kept open: the server goes on printing.
    let (line, _output) = server.line();
    let address = line.split_whitespace().nth(3).unwrap_or_else(|| panic!("it says where it listens: {line}"));
    let part = |json: &str| BASE64.encode(json);
    let token = format!("{}.{}.{}", part(r#"{"alg":"EdDSA","kid":"one"}"#), part("{}"), part("no signature"));
    #[expect(clippy::disallowed_methods, reason = "the tests are a client of their own")]
    let request = reqwest::Client::new().get(format!("http://{address}/v1/me")).bearer_auth(token);
    let answer = request.send().await.expect("the server answers");
    let _ = std::fs::remove_dir_all(data);
    answer.status().as_u16()
}

#[actix_web::test]
async fn an_issuer_is_believed_where_the_operator_names_its_authority() {
    let folder = authority("issuer");
    let mut issuer = Process::start(Command::new(SmtpServer::python()).args(["-c", ISSUER]).arg(&folder));
    let (port, _output) = issuer.line();
    let keys = format!("https://127.0.0.1:{port}/keys");
    // The issuer was reached, and has no such key.
    assert_eq!(status(&keys, &folder.join("ca.crt")).await, 401);
    // Its keys are not to be had.
    assert_eq!(status(&keys, Path::new("")).await, 503);
    std::fs::remove_dir_all(folder).expect("removed");
}

fn port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a free port").port()
}

fn until_it_listens(port: u16) {
    for _ in 0..600 {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nobody listens on {port}");
}

/// Whether a store over TLS can be asked.
async fn asks(port: u16) -> bool {
    let s3 = S3 {
        endpoint: Some(format!("https://127.0.0.1:{port}")),
        bucket: "papers".to_owned(),
        region: "us-east-1".to_owned(),
        access_key: "key".to_owned(),
        secret_key: "secret".to_owned(),
    };
    Files::open(&Place::S3(s3)).expect("a store").has(&[0; 32]).await.is_ok()
}

async fn mails(port: u16) -> Result<(), MailError> {
    let from = "Services <no-reply@sumwhere.example>".to_owned();
    let server = Server { host: "127.0.0.1".to_owned(), port, security: Security::StartTls, credentials: None, from };
    let mail = Mail {
        to: "salma@sumwhere.example".to_owned(),
        subject: "A notice".to_owned(),
        body_text: "Words.\n".to_owned(),
        message_id: "<one@sumwhere.example>".to_owned(),
        language: "en".to_owned(),
    };
    Mailer::new(&server).expect("a mailer").send(&mail).await
}

#[actix_web::test]
async fn mail_server_and_bucket_are_believed_once_their_authority_is() {
    let folder = authority("others");
    let (certificate, key) = (folder.join("own.crt"), folder.join("own.key"));
    let (bucket, mail) = (port(), port());
    let program = SmtpServer::python().with_file_name("moto_server");
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &bucket.to_string(), "-c"]).arg(&certificate).arg("-k").arg(&key);
    let _bucket = Process::start(&mut command);
    let mut command = Command::new(SmtpServer::python());
    command.args(["-u", "-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{mail}"), "-c", "aiosmtpd.handlers.Sink"]);
    command.arg("--tlscert").arg(&certificate).arg("--tlskey").arg(&key);
    let _mail = Process::start(&mut command);
    [bucket, mail].into_iter().for_each(until_it_listens);

    assert!(!asks(bucket).await, "a stranger's certificate is refused");
    assert!(matches!(mails(mail).await, Err(MailError::Transient(_))), "a stranger's certificate is refused");
    roots::trust(&folder.join("ca.crt")).expect("an authority");
    assert!(asks(bucket).await);
    assert_eq!(mails(mail).await, Ok(()));

    let file = folder.join("none.crt");
    for content in ["", "words", "-----BEGIN CERTIFICATE-----\nd29yZHM=\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&file, content).expect("written");
        let said = roots::trust(&file).expect_err(content);
        let said = std::error::Error::source(&said).expect("a sentence").to_string();
        assert!(said.starts_with("GUICHET_CA_FILE "), "{said}");
    }
    std::fs::remove_dir_all(folder).expect("removed");
}
