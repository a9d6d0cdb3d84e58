## What every service tells its parties. A service may write its own under the same id.
notice-submitted = Your application for “{ $service }” has been received. Its number is { $reference }; { $office } is competent. A decision is due by { $due }.
    .subject = Received: { $reference }
    .sms = Application { $reference } has been received. A decision is due by { $due }.
notice-step = Case { $reference } ({ $service }) has reached the step “{ $step }”.
    .subject = { $step }: { $reference }
notice-due-soon = In case { $reference } ({ $service }) the step “{ $step }” still waits for you. Its last day is { $due }.
    .subject = By { $due }: { $reference }
    .sms = { $reference }: the step "{ $step }" still waits for you. Its last day is { $due }.
notice-decided = A decision was taken in case { $reference } ({ $service }): { $outcome }. The reasons, and what you can do against the decision, stand in the case.
    .subject = Decision: { $reference }
    .sms = Case { $reference } is decided. What was decided, and why, stands in the case.
notice-issued = A document was issued in case { $reference } ({ $service }). You find it in the case, and anybody can verify it with the code on it.
    .subject = Document issued: { $reference }
    .sms = A document was issued in case { $reference }. You find it in the case.
notice-revoked = A document that was issued in case { $reference } ({ $service }) has been taken back by the office. Whoever verifies it sees that it is no longer valid.
    .subject = Document taken back: { $reference }
notice-document-refused = A document that you added to case { $reference } ({ $service }) was refused: the scanner found something harmful in it. Please add it again from another source.
    .subject = Document refused: { $reference }
notice-message = There is a new message in case { $reference } ({ $service }).
    .subject = New message: { $reference }
notice-overdue = Case { $reference } ({ $service }) is past its time. { $step }
    .subject = Overdue: { $reference }
notice-payment-returned = Money that was paid in case { $reference } ({ $service }), and is not owed or not owed any more, goes back to whoever paid it.
    .subject = Money back: { $reference }
notice-extended = The office needs longer for case { $reference } ({ $service }): a decision is now due by { $due }. Why, stands in the case.
    .subject = More time: { $reference }
notice-held = Case { $reference } ({ $service }) stands still: { $hold }. Nothing is decided meanwhile, and no time passes. The reason stands in the case.
    .subject = Stands still: { $reference }
notice-resumed = Case { $reference } ({ $service }) goes on: “{ $hold }” is lifted.
    .subject = Goes on: { $reference }
notice-appointment = You are invited to the meeting in case { $reference } ({ $service }) on { $when } ({ $mode }), { $office }.
    .subject = Meeting on { $when }: { $reference }
notice-appointment-cancelled = The meeting in case { $reference } ({ $service }) was cancelled. You are told when there is a new one.
    .subject = Meeting cancelled: { $reference }
mode-in-person = at the office
mode-online = online
notice-closed = Case { $reference } ({ $service }) is closed: { $end }.
    .subject = Closed: { $reference }

end-withdrawn = Withdrawn
end-moot = Without object: what it was opened for is not there any more
step-silence = Silence of the office

## What certificates show of a case when they are verified
field-reference = Case
field-name = Name

## Registers that several services use
register-residents = Residents
register-deeds = Deeds
register-organisations = Organisations

## Situations in which a service is looked for
life-event-buying-land = Buying land
life-event-moving = Moving
life-event-starting-a-business = Starting a business
