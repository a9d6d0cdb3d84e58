service = কোম্পানি গঠন
service-description = প্রতিষ্ঠাতা, মূলধন ও নামসহ কোম্পানি নিবন্ধন করা।

## পক্ষ
party-applicant = আবেদনকারী
party-founder = প্রতিষ্ঠাতা

## ধাপ
step-name = নাম সংরক্ষণ
step-correct = আবেদন সংশোধন করুন
step-sign = প্রতিষ্ঠাতাদের স্বাক্ষর
event-registers-company-names-taken = নামটি অন্য কোম্পানি নিয়েছে
step-sign-again = অন্য নামের জন্য স্বাক্ষর
step-pay = নিবন্ধন ফি প্রদান
step-opinions = মতামত
step-tax = কর অফিসের মতামত
    .no-objection = আপত্তি নেই
    .object = আপত্তি
    .barred = একজন প্রতিষ্ঠাতা কোম্পানি গঠন করতে পারেন না
step-municipality = পৌরসভার মতামত
    .no-objection = আপত্তি নেই
    .object = আপত্তি
step-papers = কাগজপত্র পরীক্ষা
    .complete = কাগজপত্র সম্পূর্ণ
    .incomplete = কাগজপত্র অসম্পূর্ণ
step-missing-papers = ঘাটতি কাগজপত্র দাখিল
step-decision = সিদ্ধান্ত
    .register = নিবন্ধন করুন
    .ask-again = আবার মতামত নিন
    .refuse = নামঞ্জুর করুন
step-enter = কোম্পানি রেজিস্টারে লিপিবদ্ধকরণ
step-another-name = অন্য নাম দিন
step-name-again = অন্য নাম সংরক্ষণ
step-announce = প্রতিষ্ঠানের তালিকায় লিপিবদ্ধকরণ
step-announce-by-hand = লিপিবদ্ধকরণ দেখুন
    .again = আবার লিপিবদ্ধ করুন
    .entered = আগেই লিপিবদ্ধ হয়েছে
step-taxpayer = করদাতা নম্বর
step-certify = সনদ

## সমাপ্তি
end-registered = নিবন্ধিত
end-refused = নামঞ্জুর
end-lapsed = তামাদি: সময়মতো উত্তর বা ফি দেওয়া হয়নি

## কারণ
reason-tax-debt = একজন প্রতিষ্ঠাতার কর বকেয়া আছে।
reason-founder-barred = আদালতের রায় অনুযায়ী একজন প্রতিষ্ঠাতা কোম্পানি গঠন করতে পারেন না।
reason-premises-unsuitable = ঠিকানাটি এই ব্যবসার জন্য উপযুক্ত নয়।
reason-papers-missing = প্রয়োজনীয় কাগজ দাখিল করা হয়নি।

## কাগজপত্র
document-articles = সংঘবিধি
document-identity = প্রত্যেক প্রতিষ্ঠাতার পরিচয়পত্র
document-office-proof = কার্যালয়ের ভাড়ার চুক্তি বা মালিকানার প্রমাণ
document-capital-proof = মূলধন পরিশোধের প্রমাণ

## ফি
fee-registration = নিবন্ধন ফি
    .base = নিবন্ধন
    .capital = মূলধনের অংশ
    .expedited = দ্রুত সেবা

## রেজিস্টার
register-companies = কোম্পানি
register-company-names = কোম্পানির নাম

## বার্তা
notice-founded = { $name } কোম্পানি নিবন্ধন বহিতে { $number } নম্বরে নিবন্ধিত হয়েছে।
    .subject = নতুন কোম্পানি: { $name }
notice-name-taken = { $reference } ({ $service }) আবেদনে চাওয়া নামটি অন্য কেউ নিয়েছে। অনুগ্রহ করে অন্য নাম দিন।
    .subject = নাম পাওয়া যায়নি: { $reference }
notice-shares-or-capital = { $reference } ({ $service }) আবেদনে প্রতিষ্ঠাতাদের অংশ মিলে পূর্ণ হয় না, অথবা মূলধন আইনের চেয়ে কম। অনুগ্রহ করে সংশোধন করুন।
    .subject = সংশোধন করুন: { $reference }
notice-papers-asked = { $reference } ({ $service }) আবেদনে কাগজ বাকি আছে। { $due } তারিখের মধ্যে পাঠান।
    .subject = কাগজ বাকি: { $reference }

## সনদ
certificate-company = নিবন্ধন সনদ
certificate-company-intro = এখানে উল্লেখিত কোম্পানি কোম্পানি (নিবন্ধন) আইন ২০১৫ অনুযায়ী রেজিস্টারে লিপিবদ্ধ।
field-number = নিবন্ধন নম্বর
certificate-number = নিবন্ধন নম্বর
certificate-case = আবেদন নম্বর
certificate-issued = প্রদানের তারিখ
certificate-code = কোড
certificate-verify = এই সনদ খাঁটি কি না তা দেখতে কোডটি স্ক্যান করুন অথবা ঠিকানাটি খুলুন। স্বাক্ষর ছাড়াই এটি বৈধ।
business-trade = বাণিজ্য
business-manufacture = উৎপাদন
business-services = সেবা
business-agriculture = কৃষি

## ফরমের ঘর
field-business = ব্যবসা
    .trade = বাণিজ্য
    .manufacture = উৎপাদন
    .services = সেবা
    .agriculture = কৃষি
field-capital = মূলধন
field-founders = প্রতিষ্ঠাতা
field-founders-share = কোম্পানিতে অংশ (সব অংশ মিলে ১)
field-address = কার্যালয়
field-expedited = অতিরিক্ত ফি দিয়ে দ্রুত সেবা

remedy-appeal = আপিল

field-founders-name = নাম
field-founders-identifier = পরিচয়পত্র
field-founders-identifier-type = পরিচয়পত্রের ধরন
    .national-id = জাতীয় পরিচয়পত্র
    .birth-certificate = জন্ম নিবন্ধন সনদ
    .passport = পাসপোর্ট
    .tax-number = কর শনাক্তকরণ নম্বর
field-founders-identifier-value = পরিচয়পত্রের নম্বর
field-founders-birth-date = জন্মতারিখ বা জন্মসাল
field-founders-sex = লিঙ্গ
    .female = নারী
    .male = পুরুষ
    .other = অন্যান্য
field-founders-phone = টেলিফোন
field-founders-email = ই-মেইল
field-founders-address = ঠিকানা
field-founders-address-lines = ঠিকানার বিবরণ
field-founders-address-area = এলাকার কোড
field-founders-address-postcode = পোস্টকোড
field-address-lines = ঠিকানার বিবরণ
field-address-area = এলাকার কোড
field-address-postcode = পোস্টকোড
