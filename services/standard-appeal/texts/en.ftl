service = Appeal
service-description = Against a decision of an office, and further up against what an instance decided. Nobody hears it who decided below.

party-applicant = Appellant
party-respondent = Other side
document-evidence = Evidence

field-grounds = Grounds of the appeal
field-asks-for = What is asked for
field-answer = Answer

step-sides = Whether there is another side
step-answer = Answer of the other side
step-hear = Decision on the appeal
    .ask-papers = Ask for missing papers
    .overturn = Overturn the decision
    .remit = Send back for a new decision
    .dismiss = Dismiss
    .not-admit = Reject as inadmissible
step-missing-papers = Supply missing papers

end-overturned = Decision overturned
end-remitted = Sent back for a new decision
end-dismissed = Dismissed
end-inadmissible = Inadmissible

reason-papers-missing = A paper on which the appeal rests is missing.
reason-unfounded = The appeal is unfounded.
reason-not-shown = What the appeal rests on was not shown.
reason-too-late = The appeal came too late.
reason-no-standing = The decision does not put the appellant at a disadvantage.
reason-out-of-place = The appeal does not concern what was decided.

remedy-appeal = Appeal to the next instance

notice-papers-asked = In case { $reference } ({ $service }) papers are missing on which the appeal rests; the case says which. Without them it is decided on what is there.
    .subject = Papers are missing: { $reference }
    .sms = { $reference }: papers are missing; the case says which.
notice-decided-for-appellant = In case { $reference } ({ $service }) the decision that was appealed against does not stand: { $end }. What you can do against this stands in the case.
    .subject = Appeal decided: { $reference }
notice-decision-stands = In case { $reference } ({ $service }) the appeal had no success: { $end }. The decision that was appealed against stands.
    .subject = Appeal decided: { $reference }
