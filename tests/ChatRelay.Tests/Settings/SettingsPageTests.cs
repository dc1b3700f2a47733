using System.Reflection;
using ChatRelay.Settings;
using ChatRelay.TestKit;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Settings;

public sealed class SettingsPageTests
{
    [Fact]
    public void The_configuration_page_is_what_the_code_says()
    {
        var page = Repository.File("docs/configuration.md");
        Assert.True(SettingsPage.Render(AllOptions.Catalog) == File.ReadAllText(page), "run: ./chatrelay settings > docs/configuration.md");
    }

    [Fact]
    public void Every_options_record_is_registered() => Assert.Empty(
        typeof(AllOptions).Assembly.GetTypes()
            .Where(type => type.GetProperties().Any(property => property.GetCustomAttribute<SettingAttribute>() is not null))
            .Except(AllOptions.Catalog.Options));

    [Fact]
    public void Every_default_is_within_its_own_range() => Assert.All(
        AllOptions.Catalog.Settings.Where(setting => setting.Default is not null),
        setting => Assert.True(SettingForm.TryRead(setting, SettingForm.Write(setting.Default), out _) || SettingForm.Write(setting.Default).Length == 0, setting.Name));

    [Fact]
    public void A_duration_reads_as_it_was_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<PositiveInt>(),
        number => Durations.TryRead(Durations.Write(TimeSpan.FromMilliseconds(number.Get)), out var read) && read == TimeSpan.FromMilliseconds(number.Get))
        .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(""), InlineData("5"), InlineData("s"), InlineData("-5s"), InlineData("5 s"), InlineData("5S"), InlineData("9999999999s"), InlineData("999999999d"), InlineData("1.5h")]
    public void A_duration_without_a_unit_or_a_whole_number_is_refused(string text) => Assert.False(Durations.TryRead(text, out _));
}
