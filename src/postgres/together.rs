//! Questions that are asked at the same time go to the database together. While one statement is under way the next
//! questions gather, and go as soon as it is done. There is no timer, so a lone one waits for nothing but its answer.

use tokio::sync::{mpsc, oneshot};

use crate::kernel::{Error, Result};

/// Questions in one statement.
const TOGETHER: usize = 64;
/// Questions that may wait; one beyond that is told to come back.
const WAITING: usize = 4_096;

struct Waiting<Q, A> {
    question: Q,
    answer: oneshot::Sender<Result<(Q, A)>>,
}

/// Where questions are handed in. Cheap to clone.
pub struct Together<Q, A> {
    name: &'static str,
    queue: mpsc::Sender<Waiting<Q, A>>,
}

impl<Q, A> Clone for Together<Q, A> {
    fn clone(&self) -> Self {
        Self { name: self.name, queue: self.queue.clone() }
    }
}

impl<Q, A> Together<Q, A> {
    /// The place and its work, which the caller spawns. `ask` gives one answer for each question, in their order. The
    /// work ends when every clone of the place is gone and all that was handed in is answered.
    pub fn start(name: &'static str, ask: impl AsyncFn(&[Q]) -> Result<Vec<A>>) -> (Self, impl Future<Output = ()>) {
        let (queue, waiting) = mpsc::channel(WAITING);
        (Self { name, queue }, work(name, ask, waiting))
    }

    /// The answer to one question. Cancelled, the question may still be asked.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too many wait or the database does not answer.
    pub async fn ask(&self, question: Q) -> Result<A> {
        Ok(self.lend(question).await?.1)
    }

    /// The same, and the question back.
    ///
    /// # Errors
    /// As [`Together::ask`].
    #[tracing::instrument(level = "debug", name = "question", skip_all, fields(kind = self.name))]
    pub async fn lend(&self, question: Q) -> Result<(Q, A)> {
        let (answer, answered) = oneshot::channel();
        let lost = |why: &str| Error::Unavailable(format!("{} {why}", self.name));
        self.queue.try_send(Waiting { question, answer }).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => lost("has too many waiting"),
            mpsc::error::TrySendError::Closed(_) => lost("is closed"),
        })?;
        answered.await.unwrap_or_else(|_| Err(lost("did not answer")))
    }
}

async fn work<Q, A>(
    name: &'static str,
    ask: impl AsyncFn(&[Q]) -> Result<Vec<A>>,
    mut waiting: mpsc::Receiver<Waiting<Q, A>>,
) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
        // Whoever is about to ask may: a busy thread has more such than an idle one, which comes back at once.
        tokio::task::yield_now().await;
        while batch.len() < TOGETHER
            && let Ok(more) = waiting.try_recv()
        {
            batch.push(more);
        }
        let (questions, senders): (Vec<_>, Vec<_>) = batch.drain(..).map(|w| (w.question, w.answer)).unzip();
        metrics::counter!("guichet_flushes_total", "of" => name).increment(1);
        let mut answers = ask(&questions).await.map(|answers| answers.into_iter().map(Ok).collect::<Vec<_>>());
        if let (Err(Error::Internal(_)), true) = (&answers, questions.len() > 1) {
            // One that cannot be asked must not take the others with it.
            let mut each = Vec::with_capacity(questions.len());
            for question in &questions {
                let answer = ask(std::slice::from_ref(question)).await;
                each.push(answer.and_then(|mut one| one.pop().ok_or_else(|| Error::internal("no answer"))));
            }
            answers = Ok(each);
        }
        // Who has gone away meanwhile does not mind.
        let mut senders = senders.into_iter();
        match answers {
            Ok(answers) => {
                for (sender, (question, answer)) in senders.zip(questions.into_iter().zip(answers)) {
                    let _ = sender.send(answer.map(|answer| (question, answer)));
                }
            }
            Err(error) if questions.len() == 1 => {
                let _ = senders.next().map(|sender| sender.send(Err(error)));
            }
            Err(error) => {
                let count = questions.len();
                tracing::error!(error = &error as &dyn std::error::Error, name, count, "a statement for many failed");
                for sender in senders {
                    let _ = sender.send(Err(Error::Unavailable(format!("{name} cannot be reached"))));
                }
            }
        }
    }
}

/// Answers by the place (from 1) of what was asked; none where there is no row.
pub fn placed<A>(asked: usize, rows: impl Iterator<Item = (i32, A)>) -> Vec<Option<A>> {
    let mut answers: Vec<Option<A>> = (0..asked).map(|_| None).collect();
    for (place, answer) in rows {
        let at = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
        if let Some(slot) = at.and_then(|at| answers.get_mut(at)) {
            *slot = Some(answer);
        }
    }
    answers
}
