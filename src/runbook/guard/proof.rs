//! What a guard answers: whether it holds, in sentences with figures. A guard never says yes for want of evidence.

/// A guard's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    for_it: Vec<String>,
    against: Vec<String>,
}

impl Proof {
    /// Evidence that it holds.
    pub fn holds(&mut self, sentence: impl Into<String>) {
        self.for_it.push(sentence.into());
    }

    /// Evidence that it does not, or that nothing is known: both refuse.
    pub fn fails(&mut self, sentence: impl Into<String>) {
        self.against.push(sentence.into());
    }

    /// Adds another answer to this one: both must hold.
    pub fn and(&mut self, other: Self) {
        self.for_it.extend(other.for_it);
        self.against.extend(other.against);
    }

    /// Whether something speaks for it and nothing against it.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.against.is_empty() && !self.for_it.is_empty()
    }

    /// What decides it, a sentence each: the reasons against where there are any, else those for it.
    #[must_use]
    pub fn says(&self) -> &[String] {
        if self.against.is_empty() { &self.for_it } else { &self.against }
    }
}
