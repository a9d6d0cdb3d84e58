service = ট্রেড লাইসেন্স
service-description = নিবন্ধিত প্রতিষ্ঠানকে নির্দিষ্ট স্থানে এক বছর ব্যবসা করার অনুমতি দেওয়া।

## পক্ষ
party-applicant = আবেদনকারী (প্রতিষ্ঠান)

## ধাপ
step-organisation = প্রতিষ্ঠান যাচাই
step-check = কাগজপত্র পরীক্ষা
    .complete = কাগজপত্র সম্পূর্ণ
    .incomplete = কাগজপত্র অসম্পূর্ণ বা পুরোনো
step-missing-papers = ঘাটতি কাগজপত্র দাখিল
step-inspection = ব্যবসাস্থল পরিদর্শন
    .done = প্রতিবেদন দিন
step-decision = সিদ্ধান্ত
    .grant = মঞ্জুর করুন
    .inspect-again = আবার পরিদর্শন করান
    .refuse = নামঞ্জুর করুন
    .look-again = প্রতিষ্ঠানটি আবার খুঁজে দেখুন
step-pay-licence = লাইসেন্স ফি প্রদান
step-enter = লাইসেন্স রেজিস্টারে লিপিবদ্ধকরণ

## সমাপ্তি
end-licensed = লাইসেন্স প্রদান করা হয়েছে
end-refused = নামঞ্জুর
end-lapsed = তামাদি: সময়মতো ফি পরিশোধ করা হয়নি

## কারণ
reason-papers-missing = প্রয়োজনীয় কাগজ দাখিল করা হয়নি।
reason-papers-stale = কাগজ মেয়াদোত্তীর্ণ বা অপাঠ্য।
reason-not-registered = প্রতিষ্ঠানটি নিবন্ধিত নয় অথবা এখন আর সক্রিয় নয়।
reason-premises-unsuitable = ব্যবসাস্থলটি এই ধরনের ব্যবসার নিয়ম পূরণ করে না।

## কাগজপত্র
document-premises-proof = ব্যবসাস্থলের ভাড়ার চুক্তি বা মালিকানার প্রমাণ
document-tax-certificate = কর সনদ (ছয় মাসের বেশি পুরোনো নয়)
document-fire-clearance = ফায়ার সার্ভিসের ছাড়পত্র

## ফি
fee-licence = লাইসেন্স ফি
    .micro = অতি ক্ষুদ্র ব্যবসা
    .small = ক্ষুদ্র ব্যবসা
    .medium = মাঝারি ব্যবসা
    .large = বড় ব্যবসা
    .signboard = সাইনবোর্ড

## রেজিস্টার
register-licences = ট্রেড লাইসেন্স

## সনদ
certificate-licence = ট্রেড লাইসেন্স
certificate-licence-intro = পৌর লাইসেন্স আইন ২০০৯ অনুযায়ী এখানে উল্লেখিত প্রতিষ্ঠান এই স্থানে ব্যবসা করতে পারবে।
field-number = লাইসেন্স নম্বর
certificate-licence-number = লাইসেন্স নম্বর
certificate-valid-from = কার্যকর হওয়ার তারিখ
certificate-valid-until = মেয়াদ শেষের তারিখ
certificate-case = আবেদন নম্বর
certificate-office = অফিস
certificate-issued = প্রদানের তারিখ
certificate-code = কোড
certificate-verify = এই লাইসেন্সটি খাঁটি ও বহাল কি না তা দেখতে কোডটি স্ক্যান করুন অথবা ঠিকানাটি খুলুন। স্বাক্ষর ছাড়াই এটি বৈধ।
line-retail = খুচরা বিক্রয়
line-wholesale = পাইকারি বিক্রয়
line-food = খাদ্য ও পানীয়
line-workshop = কারখানা
line-services = সেবা

## ফরমের ঘর
field-organisation = প্রতিষ্ঠান
field-trade-name = ব্যবসার নাম
field-line-of-business = ব্যবসার ধরন
    .retail = খুচরা বিক্রয়
    .wholesale = পাইকারি বিক্রয়
    .food = খাদ্য ও পানীয়
    .workshop = কারখানা
    .services = সেবা
field-employees = কর্মচারীর সংখ্যা
field-signboard = সাইনবোর্ড লাগানো হবে
field-opening-date = ব্যবসা শুরুর তারিখ
field-kitchen-area = রান্নাঘরের আয়তন (বর্গমিটার)

## পরিদর্শকের ফরমের ঘর
field-inspected-on = পরিদর্শনের তারিখ
field-suitable = ব্যবসাস্থলটি উপযুক্ত
field-employees-found = ব্যবসাস্থলে উপস্থিত কর্মচারীর সংখ্যা
field-inspection-remarks = মন্তব্য

## প্রতিষ্ঠান ও ব্যবসাস্থল
field-organisation-name = নিবন্ধিত নাম
field-organisation-identifier = নিবন্ধন
field-organisation-identifier-type = নম্বরের ধরন
    .registration-number = নিবন্ধন নম্বর
    .tax-number = কর শনাক্তকরণ নম্বর
field-organisation-identifier-value = নম্বর
field-organisation-address = ঠিকানা
field-organisation-address-lines = ঠিকানার বিবরণ
field-organisation-address-area = এলাকার কোড
field-organisation-address-postcode = পোস্টকোড

field-premises = ব্যবসাস্থল
field-premises-lines = ঠিকানার বিবরণ
field-premises-area = এলাকার কোড
field-premises-postcode = পোস্টকোড

remedy-appeal = আপিল
