//! E-mail over SMTP.

use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters, TlsParametersBuilder};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::kernel::{Error, Result, roots};

/// How long one mail may take, from greeting to acknowledgement.
const LONGEST: Duration = Duration::from_secs(20);
/// Connections to the mail server.
const CONNECTIONS: u32 = 4;

/// How the way to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all: a server on the same machine.
    None,
    /// Begun in the clear; goes on only under TLS.
    StartTls,
    Tls,
}

/// A mail server and who we are to it.
#[derive(Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// The sender, such as `Sumwhere services <no-reply@sumwhere.example>`.
    pub from: String,
}

/// One mail to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub body_text: String,
    /// With its angle brackets. The same at every try, so that a mail sent twice is shown once.
    pub message_id: String,
    /// BCP 47.
    pub language: String,
}

/// Why a mail was not sent, in words without any address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Worth another try.
    #[error("not now: {0}")]
    Transient(String),
    /// It will never be taken.
    #[error("never: {0}")]
    Permanent(String),
}

/// Sends mail, over a few connections that it keeps. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// Connects when first used. To be made within the Tokio runtime: the connections that are kept need one.
    ///
    /// # Errors
    /// [`Error::Internal`] with a sentence where the settings make no sense.
    pub fn new(server: &Server) -> Result<Self> {
        let from =
            server.from.parse().map_err(|e| Error::internal(format!("the sender of mails, {:?}: {e}", server.from)))?;
        let tls = || {
            let mut further = roots::further().iter().map(|der| Certificate::from_der(der.to_vec()));
            let parameters = TlsParameters::builder(server.host.clone());
            let parameters = further.try_fold(parameters, |all, one| Ok(all.add_root_certificate(one?)));
            let parameters = parameters.and_then(TlsParametersBuilder::build);
            parameters.map_err(|e| Error::internal(format!("TLS to the mail server {:?}: {e}", server.host)))
        };
        let tls = match server.security {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
            .port(server.port)
            .tls(tls)
            .timeout(Some(LONGEST))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS));
        if let Some((user, password)) = &server.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// What stands behind the `@` of the sender.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Hands a mail to the server. When this returns without an error, the server has taken charge of it.
    ///
    /// # Errors
    /// [`MailError`], by whether another try may help.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.compose(mail)?;
        match tokio::time::timeout(LONGEST, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(classify(&error)),
            Err(_) => Err(MailError::Transient("no acknowledgement within twenty seconds".into())),
        }
    }

    fn compose(&self, mail: &Mail) -> Result<Message, MailError> {
        let never = |why: &str| MailError::Permanent(why.to_owned());
        let to: Mailbox = mail.to.trim().parse().map_err(|_| never("not an address"))?;
        let line = |text: &str| text.split(char::is_control).collect::<Vec<_>>().join(" ");
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(line(&mail.subject))
            .message_id(Some(line(&mail.message_id)))
            .header(AutoSubmitted)
            .header(ListId(format!("<notices.{}>", self.domain())))
            .header(ContentLanguage(line(&mail.language)))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body_text.clone())
            .map_err(|_| never("it cannot be composed"))
    }
}

/// 5xx is for ever (RFC 5321, section 4.2.1), save where it is about us rather than the mail: a refused sign-in
/// (RFC 4954) or missing encryption is put right by somebody, and the mail shall then go out.
fn classify(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status().map(|code| code.to_string()) {
        Some(code)
            if error.is_permanent() && !matches!(code.as_str(), "502" | "503" | "530" | "534" | "535" | "538") =>
        {
            MailError::Permanent(format!("refused with {code}"))
        }
        Some(code) => MailError::Transient(format!("answered {code}")),
        None if error.is_timeout() => MailError::Transient("time-out".into()),
        None if error.is_tls() => MailError::Transient("no TLS".into()),
        None => MailError::Transient("no connection, or it broke off".into()),
    }
}

/// RFC 3834: nobody's absence note answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

macro_rules! text_header {
    ($(#[$doc:meta])* $type:ident, $name:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }
            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

text_header!(
    /// RFC 2919: mail programs sort by it.
    ListId,
    "List-Id"
);
text_header!(
    /// RFC 3282.
    ContentLanguage,
    "Content-Language"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(port: u16) -> Mailer {
        let server = Server {
            host: "127.0.0.1".into(),
            port,
            security: Security::None,
            credentials: None,
            from: "Sumwhere <no-reply@sumwhere.example>".into(),
        };
        Mailer::new(&server).unwrap()
    }

    fn mail(to: &str) -> Mail {
        Mail {
            to: to.into(),
            subject: "Case\r\nBcc: x@y.example".into(),
            body_text: "আপনার আবেদন".into(),
            message_id: "<1@sumwhere.example>".into(),
            language: "bn".into(),
        }
    }

    #[tokio::test]
    async fn headers_are_ours_alone() {
        let raw = String::from_utf8(mailer(25).compose(&mail("rahim@sumwhere.example")).unwrap().formatted()).unwrap();
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        for line in [
            "Message-ID: <1@sumwhere.example>",
            "Auto-Submitted: auto-generated",
            "List-Id: <notices.sumwhere.example>",
            "Content-Language: bn",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.lines().any(|l| l == line), "{line}\n{head}");
        }
        assert!(!head.lines().any(|l| l.starts_with("Bcc")), "{head}");
    }

    #[tokio::test]
    async fn what_is_no_address_is_never_tried_and_an_absent_server_is() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let bad = mailer(free).send(&mail("not an address")).await;
        assert!(matches!(bad, Err(MailError::Permanent(_))), "{bad:?}");
        let away = mailer(free).send(&mail("rahim@sumwhere.example")).await;
        assert!(matches!(away, Err(MailError::Transient(_))), "{away:?}");
    }
}
