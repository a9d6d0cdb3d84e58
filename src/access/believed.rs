//! What was found out a moment ago, believed for a while: bounded in number and in time.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Things kept at most. Those found out first are forgotten first.
pub(super) const ENTRIES_MAX: usize = 10_000;

pub(super) struct Believed<K, V> {
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    found: HashMap<K, (V, Timestamp)>,
    order: VecDeque<K>,
}

impl<K, V> Default for Believed<K, V> {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept { found: HashMap::new(), order: VecDeque::new() }) }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Believed<K, V> {
    fn kept(&self) -> MutexGuard<'_, Kept<K, V>> {
        // Nothing in here can be left half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let kept = self.kept();
        let (value, until) = kept.found.get(key)?;
        (now < *until).then(|| value.clone())
    }

    pub fn put(&self, key: K, value: V, now: Timestamp, until: Timestamp) {
        if until <= now {
            return;
        }
        let mut kept = self.kept();
        // Gone first: what is over; and one more where all are still good.
        for _ in 0..ENTRIES_MAX {
            let Some(oldest) = kept.order.front().cloned() else { break };
            let over = kept.found.get(&oldest).is_none_or(|(_, until)| *until <= now);
            if !over && kept.order.len() < ENTRIES_MAX {
                break;
            }
            kept.order.pop_front();
            kept.found.remove(&oldest);
        }
        if kept.found.insert(key.clone(), (value, until)).is_none() {
            kept.order.push_back(key);
        }
    }

    #[cfg(test)]
    fn len(&self) -> (usize, usize) {
        let kept = self.kept();
        (kept.found.len(), kept.order.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).expect("a moment")
    }

    #[test]
    fn what_was_found_out_is_believed_until_its_moment() {
        let believed = Believed::default();
        believed.put(1, "one", second(0), second(60));
        believed.put(3, "three", second(0), second(0));
        assert_eq!(believed.get(&1, second(59)), Some("one"));
        assert_eq!(believed.get(&1, second(60)), None);
        assert_eq!(believed.get(&3, second(0)), None);
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let believed = Believed::default();
        for number in 0..ENTRIES_MAX + 50 {
            believed.put(number, (), second(0), second(60));
        }
        assert_eq!(believed.len(), (ENTRIES_MAX, ENTRIES_MAX));
        assert!(believed.get(&49, second(1)).is_none(), "the first are forgotten");
        assert!(believed.get(&50, second(1)).is_some());
        believed.put(0, (), second(61), second(100));
        assert_eq!(believed.len(), (1, 1), "what is over is swept");
    }
}
