//! How long a request may take. The handler of something long asks for more; a client that is slow with its body is told
//! so, and everybody else that the server is.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};
use tokio::time::{Instant, timeout_at};

use crate::kernel::{Error, Result};

/// The time that a request has: one of its extensions.
#[derive(Clone)]
pub struct Time(Rc<Inner>);

struct Inner {
    until: Cell<Instant>,
    /// The client's body is waited for.
    is_sending: Cell<bool>,
}

impl Time {
    #[must_use]
    pub fn new(length: Duration) -> Self {
        Self(Rc::new(Inner { until: Cell::new(Instant::now() + length), is_sending: Cell::new(false) }))
    }

    /// What is done in time.
    ///
    /// # Errors
    /// [`Error::TooSlow`] where the client's body was waited for, else [`Error::Unavailable`].
    pub async fn bound<F: Future>(&self, work: F) -> Result<F::Output> {
        let mut work = pin!(work);
        loop {
            let until = self.0.until.get();
            match timeout_at(until, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if self.0.until.get() > until => {}
                Err(_) if self.0.is_sending.get() => return Err(Error::TooSlow),
                Err(_) => return Err(Error::Unavailable("the request took too long".into())),
            }
        }
    }
}

/// From now on the request may take so long.
pub fn may_take(request: &HttpRequest, length: Duration) {
    if let Some(time) = request.extensions().get::<Time>() {
        time.0.until.set(Instant::now() + length);
    }
}

/// Waits for something that the client sends.
pub async fn sent<F: Future>(request: &HttpRequest, arrival: F) -> F::Output {
    let time = request.extensions().get::<Time>().cloned();
    let sending = |is_sending| {
        if let Some(time) = &time {
            time.0.is_sending.set(is_sending);
        }
    };
    sending(true);
    let arrived = arrival.await;
    sending(false);
    arrived
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use actix_web::test::TestRequest;

    use super::*;

    const SHORT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(600);

    #[actix_web::test]
    async fn what_takes_too_long_is_given_up_and_the_slow_one_is_named() {
        assert_eq!(Time::new(LONG).bound(async { 7 }).await.expect("in time"), 7);
        let late = Time::new(SHORT).bound(pending::<()>()).await.expect_err("late");
        assert!(matches!(late, Error::Unavailable(_)), "{late}");
        let request = TestRequest::get().to_http_request();
        let time = Time::new(SHORT);
        request.extensions_mut().insert(time.clone());
        let late = time.bound(sent(&request, pending::<()>())).await.expect_err("late");
        assert!(matches!(late, Error::TooSlow), "{late}");
    }

    #[actix_web::test]
    async fn who_asks_for_more_gets_it() {
        let request = TestRequest::get().to_http_request();
        let time = Time::new(SHORT);
        request.extensions_mut().insert(time.clone());
        let work = async {
            may_take(&request, LONG);
            tokio::time::sleep(20 * SHORT).await;
        };
        time.bound(work).await.expect("in time");
    }
}
