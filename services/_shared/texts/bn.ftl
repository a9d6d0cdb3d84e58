## সব সেবায় পক্ষগণকে যা জানানো হয়। কোনো সেবা একই আইডিতে নিজের পাঠ লিখতে পারে।
notice-submitted = “{ $service }” সেবার জন্য আপনার আবেদন গৃহীত হয়েছে। আবেদন নম্বর { $reference }; দায়িত্বপ্রাপ্ত অফিস: { $office }। { $due } তারিখের মধ্যে সিদ্ধান্ত দেওয়ার কথা।
    .subject = আবেদন গৃহীত: { $reference }
    .sms = আবেদন { $reference } গৃহীত হয়েছে। { $due } তারিখের মধ্যে সিদ্ধান্ত দেওয়ার কথা।
notice-step = { $reference } নম্বর আবেদন ({ $service }) এখন “{ $step }” ধাপে আছে।
    .subject = { $step }: { $reference }
notice-due-soon = { $reference } ({ $service }) আবেদনে “{ $step }” ধাপটি এখনও আপনার অপেক্ষায় আছে। শেষ দিন { $due }।
    .subject = { $due } তারিখের মধ্যে: { $reference }
    .sms = { $reference }: “{ $step }” ধাপটি এখনও আপনার অপেক্ষায় আছে। শেষ দিন { $due }।
notice-decided = { $reference } নম্বর আবেদনে ({ $service }) সিদ্ধান্ত হয়েছে: { $outcome }। সিদ্ধান্তের কারণ এবং এর বিরুদ্ধে আপনি কী করতে পারেন তা আবেদনে উল্লেখ আছে।
    .subject = সিদ্ধান্ত: { $reference }
    .sms = { $reference } নম্বর আবেদনে সিদ্ধান্ত হয়েছে। সিদ্ধান্ত ও এর কারণ আবেদনে উল্লেখ আছে।
notice-issued = { $reference } নম্বর আবেদনে ({ $service }) একটি দলিল প্রদান করা হয়েছে। দলিলটি আবেদনে পাবেন; এর কোড দিয়ে যে কেউ এটি যাচাই করতে পারেন।
    .subject = দলিল প্রদান করা হয়েছে: { $reference }
    .sms = { $reference } নম্বর আবেদনে একটি দলিল প্রদান করা হয়েছে। দলিলটি আবেদনে পাবেন।
notice-revoked = { $reference } নম্বর আবেদনে ({ $service }) দেওয়া একটি দলিল অফিস প্রত্যাহার করেছে। যাচাই করলে দেখা যাবে যে দলিলটি আর বৈধ নয়।
    .subject = দলিল প্রত্যাহার: { $reference }
notice-document-refused = { $reference } নম্বর আবেদনে ({ $service }) আপনার যোগ করা একটি নথি গ্রহণ করা হয়নি: স্ক্যানারে এতে ক্ষতিকর কিছু পাওয়া গেছে। অন্য উৎস থেকে নথিটি আবার যোগ করুন।
    .subject = নথি গ্রহণ করা হয়নি: { $reference }
notice-message = { $reference } নম্বর আবেদনে ({ $service }) একটি নতুন বার্তা এসেছে।
    .subject = নতুন বার্তা: { $reference }
notice-overdue = মামলা { $reference } ({ $service })-এর সময়সীমা পেরিয়ে গেছে। { $step }
    .subject = সময়সীমা অতিক্রান্ত: { $reference }
notice-payment-returned = { $reference } নম্বর আবেদনে ({ $service }) যে টাকা পরিশোধ করা হয়েছে কিন্তু পাওনা নয়, তা পরিশোধকারীকে ফেরত দেওয়া হচ্ছে।
    .subject = টাকা ফেরত: { $reference }
notice-extended = { $reference } নম্বর আবেদনের ({ $service }) জন্য অফিসের আরও সময় প্রয়োজন: এখন { $due } তারিখের মধ্যে সিদ্ধান্ত দেওয়ার কথা। কারণ আবেদনে উল্লেখ আছে।
    .subject = আরও সময়: { $reference }
notice-held = মামলা { $reference } ({ $service }) স্থগিত: { $hold }। এই সময়ে কোনো সিদ্ধান্ত হয় না, সময়ও গণনা হয় না। কারণ মামলায় লেখা আছে।
    .subject = স্থগিত: { $reference }
notice-resumed = মামলা { $reference } ({ $service }) আবার চলছে: “{ $hold }” আর নেই।
    .subject = আবার চলছে: { $reference }
notice-appointment = { $reference } নম্বর মামলায় ({ $service }) { $when } তারিখে ({ $mode }) { $office }-এ শুনানিতে উপস্থিত থাকার জন্য আপনাকে অনুরোধ করা হচ্ছে।
    .subject = শুনানি { $when }: { $reference }
notice-appointment-cancelled = { $reference } নম্বর মামলার ({ $service }) নির্ধারিত শুনানি বাতিল হয়েছে। নতুন তারিখ হলে জানানো হবে।
    .subject = শুনানি বাতিল: { $reference }
mode-in-person = অফিসে
mode-online = অনলাইনে
notice-closed = { $reference } নম্বর আবেদন ({ $service }) নিষ্পত্তি হয়েছে: { $end }।
    .subject = আবেদন নিষ্পত্তি: { $reference }

end-withdrawn = আবেদন প্রত্যাহার করা হয়েছে
end-moot = নিষ্প্রয়োজন: যে কারণে এটি খোলা হয়েছিল, তা আর নেই
step-silence = অফিসের নীরবতা

## What certificates show of a case when they are verified
field-reference = মামলা বা আবেদন নম্বর
field-name = নাম

## একাধিক সেবায় ব্যবহৃত রেজিস্টার
register-residents = বাসিন্দা রেজিস্টার
register-deeds = দলিল
register-organisations = প্রতিষ্ঠান রেজিস্টার

## যেসব পরিস্থিতিতে সেবা খোঁজা হয়
life-event-buying-land = জমি কেনা
life-event-moving = বাসস্থান পরিবর্তন
life-event-starting-a-business = ব্যবসা শুরু
