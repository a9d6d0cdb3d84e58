service = Trade licence
service-description = Lets a registered organisation trade at its premises for one year.

## Parties
party-applicant = Applicant (organisation)

## Steps
step-organisation = Look-up of the organisation
step-check = Check of the papers
    .complete = The papers are complete
    .incomplete = Papers are missing or out of date
step-missing-papers = Supply missing papers
step-inspection = Inspection of the premises
    .done = Report
step-decision = Decision
    .grant = Grant
    .inspect-again = Inspect again
    .refuse = Refuse
    .look-again = Look the organisation up again
step-pay-licence = Pay the licence fee
step-enter = Entry in the register of licences

## Ends
end-licensed = Licence granted
end-refused = Refused
end-lapsed = Lapsed: the fee was not paid in time

## Reasons
reason-papers-missing = A required paper is missing.
reason-papers-stale = A paper is out of date or cannot be read.
reason-not-registered = The organisation is not registered, or no longer active.
reason-premises-unsuitable = The premises do not meet the rules for this line of business.

## Documents
document-premises-proof = Lease or proof of ownership of the premises
document-tax-certificate = Tax certificate, not older than six months
document-fire-clearance = Clearance of the fire service

## Fees
fee-licence = Licence fee
    .micro = Micro business
    .small = Small business
    .medium = Medium business
    .large = Large business
    .signboard = Signboard

## Registers
register-licences = Trade licences

## Certificate
certificate-licence = Trade licence
certificate-licence-intro = The organisation named here may trade at these premises under the Municipal Licensing Act 2009.
field-number = Licence number
certificate-licence-number = Licence number
certificate-valid-from = Valid from
certificate-valid-until = Valid until
certificate-case = Case
certificate-office = Office
certificate-issued = Issued on
certificate-code = Code
certificate-verify = Scan the code, or open the address, to see whether this licence is genuine and still valid. It is valid without a signature.
line-retail = Retail
line-wholesale = Wholesale
line-food = Food and drink
line-workshop = Workshop
line-services = Services

## Fields of the form
field-organisation = Organisation
field-trade-name = Trade name
field-line-of-business = Line of business
    .retail = Retail
    .wholesale = Wholesale
    .food = Food and drink
    .workshop = Workshop
    .services = Services
field-employees = Number of employees
field-signboard = A signboard is put up
field-opening-date = Day of opening
field-kitchen-area = Area of the kitchen in square metres

## Fields of the inspector's form
field-inspected-on = Date of the inspection
field-suitable = The premises are suitable
field-employees-found = Employees found at the premises
field-inspection-remarks = Remarks

## Organisation and premises
field-organisation-name = Registered name
field-organisation-identifier = Registration
field-organisation-identifier-type = Kind of number
    .registration-number = Registration number
    .tax-number = Tax number
field-organisation-identifier-value = Number
field-organisation-address = Address
field-organisation-address-lines = Address lines
field-organisation-address-area = Area code
field-organisation-address-postcode = Postcode

field-premises = Premises
field-premises-lines = Address lines
field-premises-area = Area code
field-premises-postcode = Postcode

remedy-appeal = Appeal
